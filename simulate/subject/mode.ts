/** What a seed's pipeline promises about order and poison. About half of the seeds keep to the defaults. */
import type { Chance } from '../world/chance.ts';

export interface Mode {
  readonly order: 'arrival' | 'request';
  readonly gap: 'skip' | 'wait';
  readonly poison: 'quarantine' | 'stop';
  /** Whether its readings ask for wakes. */
  readonly wakes?: true;
  /** Whether its reader folds readings to partials. */
  readonly merges?: true;
  /** With `gap: 'wait'`: how long; and how long a key waits for what is before the first that came. */
  readonly skipAfterMinutes?: number;
  readonly firstAfterMinutes?: number;
  readonly places?: Places;
}

/** Where the places of each key begin, and whether some stay empty. */
export interface Places {
  readonly first: number;
  readonly holes: boolean;
}

const DEFAULT: Mode = { order: 'arrival', gap: 'skip', poison: 'quarantine' };
const OTHERS: readonly Mode[] = [
  { order: 'request', gap: 'skip', poison: 'quarantine' },
  { order: 'request', gap: 'skip', poison: 'quarantine' },
  { order: 'request', gap: 'wait', poison: 'quarantine' },
  { order: 'request', gap: 'skip', poison: 'stop' },
  { order: 'request', gap: 'skip', poison: 'stop' },
  { order: 'request', gap: 'wait', poison: 'stop' },
  { order: 'arrival', gap: 'skip', poison: 'stop' },
  { order: 'arrival', gap: 'skip', poison: 'stop' },
];

export function drawMode(chance: Chance): Mode {
  return chance.happens(0.5) ? DEFAULT : chance.pick(OTHERS);
}

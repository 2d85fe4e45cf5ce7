/** The settings of a seed's pipeline for order and poison. About half of the seeds keep the defaults. */
import type { Chance } from '../world/chance.ts';

export interface Mode {
  readonly order: 'arrival' | 'request';
  readonly gap: 'skip' | 'wait';
  readonly poison: 'quarantine' | 'stop';
  /** Whether its readings request wakes. */
  readonly wakes?: true;
  /** Whether its reader folds readings into partials. */
  readonly merges?: true;
  /** The number of newest commits that an item lists. */
  readonly history?: number;
  /**
   * With `gap: 'wait'`: minutes that a key waits for a gap, and for places before the first one that arrived.
   */
  readonly skipAfterMinutes?: number;
  readonly firstAfterMinutes?: number;
  readonly places?: Places;
}

/** The first place of each key, and whether some places stay empty. */
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

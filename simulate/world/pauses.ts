/**
 * Operators pause and resume parts of the pipeline, in one seed of sixteen, while anything may fail;
 * afterwards they drain it. A part is paused by its mapping, as on AWS: invocations in progress finish, and
 * waiting messages keep their order.
 */
import { type DrainedQueues, isQuiet, QUIET_LOOKS } from '../../model/drained.ts';
import { type Chance, createChance } from './chance.ts';
import type { World } from './world.ts';

const EVERY = 16;
const FIRST = 4;
const PAUSES_MAX = 8;
const HOUR_MS = 3_600_000;
const PARTS = ['reads', 'computes', 'writes'] as const;
type Part = (typeof PARTS)[number];

/** Intervals of the looks of `weir drain`: at a run on this machine, and on AWS. */
const LOOK_EVERY_MS = [100, 5_000] as const;
const DRAINED_WITHIN_MS = 6 * HOUR_MS;

export function isPaused(seed: number): boolean {
  return seed % EVERY === FIRST;
}

/** Returns a function that resumes everything. */
export function schedulePauses(world: World, seed: number, healAt: number): () => void {
  const { clock } = world;
  const chance = createChance(seed, 15);
  const at = (ms: number, act: () => void) => void clock.sleep(ms).then(act);
  for (let count = chance.whole(1, PAUSES_MAX); count > 0; count -= 1) {
    const part = chance.pick(PARTS);
    const fromMs = chance.between(0, Math.max(1, healAt - clock.now()));
    at(fromMs, () => pause(world, part, true));
    at(fromMs + chance.spread(1_000, 8 * HOUR_MS), () => pause(world, part, false));
  }
  return () => {
    for (const part of PARTS) pause(world, part, false);
  };
}

function pause({ mappings, stream, trace, oracle }: World, part: Part, wanted: boolean): void {
  trace.add(`operator ${wanted ? 'pauses' : 'resumes'} ${part}`);
  if (wanted) oracle.count('paused');
  if (part === 'writes') stream.pause(wanted);
  else mappings.pause(part, wanted);
}

/** Like `weir drain`: pauses reads until everything read has been computed. Then nothing may be in work. */
export async function drain(world: World, chance: Chance): Promise<void> {
  const { clock, queues, mappings, oracle } = world;
  await clock.advance(chance.between(0, 5_000));
  pause(world, 'reads', true);
  const everyMs = chance.pick(LOOK_EVERY_MS);
  const until = clock.now() + DRAINED_WITHIN_MS;
  let quiet = 0;
  while (quiet < QUIET_LOOKS && clock.now() < until) {
    const inFlight = queues.requests.counts().inFlight + (queues.backfill?.counts().inFlight ?? 0);
    const looked: DrainedQueues = { requests: { inFlight }, readings: queues.readings.counts() };
    quiet = isQuiet(looked) ? quiet + 1 : 0;
    if (quiet < QUIET_LOOKS) await clock.advance(everyMs);
  }
  if (quiet < QUIET_LOOKS) oracle.broken('liveness', 'a drain did not come to rest', 'drain');
  else if (mappings.running > 0)
    oracle.broken(
      'I18 drain',
      `${mappings.running} invocations are at work, and the drain said that none is`,
      'drain',
    );
  oracle.count('drainedByOperator');
  pause(world, 'reads', false);
}

/**
 * One seed, one run. Producers submit requests while anything may fail. Then the faults end, operators
 * redrive what was given up, everything must come to rest, and a probe for each key must succeed.
 */

import { hash } from 'node:crypto';
import { SHADOW_SORT_KEY } from '../../functions/item-names.ts';
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';
import { checkNothingWaits, checkRest, checkTouched, hasCurable } from '../oracle/check-rest.ts';
import type { Counters } from '../oracle/counters.ts';
import type { Violation } from '../oracle/ledger.ts';
import type { TraceEvent } from '../oracle/trace.ts';
import { turnBehind } from '../subject/gaps.ts';
import type { PlannedRequest } from '../subject/sample-requests.ts';
import { sampleSubject } from '../subject/sample-subject.ts';
import type { ShadowMode } from '../subject/shadow.ts';
import type { Subject } from '../subject/subject.ts';
import { createChance } from '../world/chance.ts';
import { heal, rest, schedule, submit } from '../world/course.ts';
import { scheduleDamage } from '../world/damage.ts';
import { scheduleWords, touchAll } from '../world/key-words.ts';
import { hasOperators, scheduleLetters } from '../world/letters.ts';
import { redrive } from '../world/operator.ts';
import { skipAtOnce, steerAll } from '../world/operator-words.ts';
import { drain, isPaused, schedulePauses } from '../world/pauses.ts';
import { scheduleRestore } from '../world/restore.ts';
import { createWorld, type World } from '../world/world.ts';

export interface Run {
  readonly seed: number;
  readonly requests: number;
  readonly applied: number;
  /** Readings that the queue accepted, each counted once. */
  readonly accepted: number;
  readonly violations: readonly Violation[];
  readonly counters: Counters;
  readonly hash: string;
  /** The final content of the table as one text, without the shadows' items. */
  readonly items: string;
  readonly events: readonly TraceEvent[];
}

const HOUR_MS = 3_600_000;
const REDRIVE_ROUNDS = 5;
/** Longer than any wake of a seed is ahead, and an hour. */
const LOST_SCHEDULES_MS = 8 * HOUR_MS;
/** More than the poisonous readings of a seed, with a margin. */
const STEER_ROUNDS_MAX = 100;

/** Planted bugs need no more than the first violation. */
export type Until = 'at rest' | 'first violation';

export async function runSeed(seed: number, keepTrace = false, until: Until = 'at rest'): Promise<Run> {
  const run = await runOnce(seed, keepTrace, until, sampleSubject);
  if (sampleSubject.shadow?.(seed) !== 'on') return run;
  if (until === 'first violation' && run.violations.length > 0) return run;
  // With and without a shadow, the items and all events must be identical.
  const beside = (mode: ShadowMode) => runOnce(seed, false, until, { ...sampleSubject, shadow: () => mode });
  const [having, without] = [await beside('weightless'), await beside('off')];
  if (having.hash === without.hash && having.items === without.items) return run;
  const violation = { invariant: 'I20 shadow', text: 'the run takes another course with a shadow' };
  return { ...run, violations: [...run.violations, violation] };
}

async function runOnce(seed: number, keepTrace: boolean, until: Until, subject: Subject): Promise<Run> {
  const violated = Promise.withResolvers<void>();
  const world = createWorld(seed, keepTrace, subject, () => {
    if (until === 'at rest') return;
    world.clock.stop();
    violated.resolve();
  });
  await Promise.race([play(seed, world), violated.promise]);
  const { oracle, trace, counters } = world;
  return {
    seed,
    violations: oracle.violations,
    counters,
    hash: trace.hash,
    items: itemsOf(world),
    events: trace.events,
    requests: oracle.plans.reduce((sum, { submitAt }) => sum + submitAt.length, 0),
    applied: sum(world, ({ applied }) => applied.size),
    accepted: sum(world, ({ contents }) => contents.size),
  };
}

async function play(seed: number, world: World): Promise<void> {
  const { counters } = world;
  const healAt = schedule(world, (until) => skipAtOnce(world, until));
  const attendLetters = hasOperators(seed, world) ? scheduleLetters(world, seed, healAt) : undefined;
  const goOn = isPaused(seed) ? schedulePauses(world, seed, healAt) : () => {};
  const repair = scheduleDamages(world, seed, healAt, attendLetters !== undefined);
  await world.clock.runUntilIdle(healAt);
  repair();
  goOn();
  await heal(world, healAt);
  const build = Math.max(...world.rollout.builds);
  await rest(world);
  await steer(world, build);
  if (attendLetters !== undefined) {
    await attendLetters();
    await rest(world);
    await steer(world, build);
  }
  await redriveAll(world, build);
  if (world.secondBuild === 'another state' && build > 1) {
    touchAll(world);
    await rest(world);
    checkTouched(world, build);
  }
  // A schedule that came before its key was put back is gone: the next reading asks for it again, an hour later.
  const isWithoutSchedules = counters.itemRewound > 0 && world.workload.mode.wakes === true;
  if (isWithoutSchedules) await world.clock.advance(LOST_SCHEDULES_MS);
  else checkNothingWaits(world, build);
  probe(world);
  if (isPaused(seed)) await drain(world, createChance(seed, 17));
  await rest(world);
  // A probe may have asked for a wake over which the pipeline throws.
  await steer(world, build);
  checkRest(world, build);
  world.feed?.check();
}

/**
 * Returns a function that repairs the damage. None in seeds with timers, pauses or operators of dead letters: the
 * oracle cannot track both.
 */
function scheduleDamages(world: World, seed: number, healAt: number, attended: boolean): () => void {
  scheduleWords(world, createChance(seed, 13), healAt);
  if (hasTimers(world) || isPaused(seed) || attended) return () => {};
  const restored =
    world.secondBuild === 'another state'
      ? undefined
      : scheduleRestore(world, createChance(seed, 12), healAt);
  return restored ?? scheduleDamage(world, createChance(seed, 10), healAt);
}

/** Junk and poison fail every time; redriving continues as long as anything else is dead-lettered. */
async function redriveAll(world: World, build: number): Promise<void> {
  for (let round = 0; round < REDRIVE_ROUNDS && (round === 0 || hasCurable(world, build)); round += 1) {
    redrive(world, 'requests');
    redrive(world, 'readings');
    await rest(world);
    await steer(world, build);
  }
}

function itemsOf({ oracle, table }: World): string {
  const keys = [...oracle.keys.keys()].sort();
  const items = keys.flatMap((key) =>
    table.sortKeys(key, '').flatMap((sk) => (sk === SHADOW_SORT_KEY ? [] : [table.item(key, sk)])),
  );
  return hash('sha256', JSON.stringify(items));
}

function sum(
  { oracle }: World,
  of: (facts: { applied: { size: number }; contents: { size: number } }) => number,
) {
  return [...oracle.keys.values()].reduce((total, facts) => total + of(facts), 0);
}

/** Tells stopped keys to continue, until none is stopped. Each word takes its key past one reading. */
async function steer(world: World, build: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    const { stopped, heard } = steerAll(world, build);
    if (stopped === 0) return;
    if (round === STEER_ROUNDS_MAX) {
      world.oracle.broken('liveness', `a key still stands still after ${round} words`, 'stop');
      return;
    }
    // If SQS gave up a word, it drops the same word for five minutes, so the operators wait.
    if (heard === 0) await world.clock.advance(DEDUPLICATION_WINDOW_MS);
    await rest(world);
  }
}

/** One more request for each key, submitted when everything works. */
function probe(world: World): void {
  const { oracle, workload, trace } = world;
  trace.add('probes');
  for (const key of workload.keys) {
    const n = oracle.plans.length;
    const plan: PlannedRequest = {
      n,
      kind: 'plain',
      id: undefined,
      submitAt: [0],
      body: `{"n":${n}}`,
      turn:
        workload.mode.order === 'request'
          ? turnBehind(key, lastPlace(world, key), workload.mode.places)
          : undefined,
      readings: () => [{ r: n, s: 0, a: 0, k: key, t: workload.mode.merges ? 'plain' : 'emits' }],
    };
    oracle.plan(plan);
    submit(world, plan, false);
  }
}

/** A lost timer is made again by the next message of its key, an hour late; what waits behind the gap is judged before. */
function hasTimers({ workload: { mode } }: World): boolean {
  return mode.skipAfterMinutes !== undefined;
}

function lastPlace({ oracle }: World, key: string): number {
  return Math.max(0, ...oracle.plans.map(({ turn }) => (turn?.key === key ? turn.sequence : 0)));
}

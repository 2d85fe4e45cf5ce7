/**
 * An environment that reads one source through the gate of functions/reader/. It takes requests from a queue,
 * gives back those that must wait, may die or stall with requests in progress, and freezes between its
 * invocations.
 */
import { createGate, type Gate } from '../../functions/reader/gate/gate.ts';
import { type GateLane, NotYetError, type Pass } from '../../functions/reader/gate/gate-ports.ts';
import { refusalOf } from '../../functions/reader/gate/refusal.ts';
import { hedgedRead } from '../../functions/reader/hedged-read.ts';
import { createEnvironment, type Environment } from '../world/simulated-environment.ts';
import type { Answer } from './source-model.ts';
import type { SourceWorld } from './source-run.ts';
import type { SourceTable } from './source-table.ts';

/** The requests of a run, each with its own due time. */
export interface SourceQueue {
  comeAt(at: number): void;
  /** Takes up to `max` due requests; returns their number. */
  take(max: number): number;
}

export interface EnvironmentParts {
  readonly world: SourceWorld;
  readonly table: SourceTable;
  readonly queue: SourceQueue;
  /** In a world with a backfill. */
  readonly lane?: GateLane;
  readonly start: number;
  readonly note: (name: Noted, value: number) => void;
  /** Numbers of receives and of environments that died or started. */
  readonly counts: { receives: number; deaths: number; environments: number; backfillInside: number };
}

export type Noted =
  | 'doneAt'
  | 'readMs'
  | 'askedAt'
  | 'waitedMs'
  | 'backAt'
  | 'refusedAt'
  | 'inside'
  | 'backfillAt'
  | 'backfillInside';

const BATCH = 10;
const READS_AT_ONCE = 50;
const READ_MS_MAX = 25_000;

export async function runEnvironment(parts: EnvironmentParts): Promise<void> {
  const { world, queue, start, counts } = parts;
  const { clock, chance } = world;
  const endAt = start + world.lastsMs;
  counts.environments += 1;
  const own = createEnvironment(`e${counts.environments}`, 1, clock, () => undefined);
  const dieAt = clock.now() + untilNext(world.deaths, world);
  const standStill = createStills(own, world);
  const gate = newGate(own, parts);
  beginHitches(own, gate, world, endAt);
  while (clock.now() < endAt && own.alive) {
    let reads = 0;
    let wake = () => {};
    for (;;) {
      if (clock.now() >= dieAt) {
        own.kill('died');
        counts.deaths += 1;
        world.count('environment died');
        if (reads > 0) world.count('environment died with reads in hand');
        break;
      }
      if (clock.now() >= endAt) break;
      standStill(reads);
      await own.idle();
      const batch = gate.waiting === 0 ? queue.take(Math.min(BATCH, READS_AT_ONCE - reads)) : 0;
      for (let n = 0; n < batch; n += 1) {
        reads += 1;
        void read(gate, own, parts).finally(() => {
          reads -= 1;
          wake();
        });
      }
      if (reads === 0) break;
      if (batch === 0) {
        await new Promise<void>((resolve) => {
          const drop = clock.later(100, resolve);
          wake = () => {
            drop();
            resolve();
          };
        });
      }
    }
    if (own.alive) await gate.settled();
    await clock.sleep(chance.between(5, 50));
  }
  // The requests of a dead environment return after their visibility timeout, and another environment starts.
  if (!own.alive) await runEnvironment(parts);
}

/** Ms until the next event at one of the environments; `eachSecond`: number of events per second. */
function untilNext(eachSecond: number, { chance, environments }: SourceWorld): number {
  return eachSecond === 0 ? Number.POSITIVE_INFINITY : chance.between(0, 2_000 / eachSecond) * environments;
}

const STILL_MS_MIN = 300;
const STILL_MS_MAX = 8_000;

/** A read that blocks the thread, or a busy machine: timers and answers come late, all at once. */
function createStills(own: Environment, world: SourceWorld): (reads: number) => void {
  const { clock, chance, stills = 0, count } = world;
  let nextAt = clock.now() + untilNext(stills, world);
  return (reads) => {
    if (clock.now() < nextAt) return;
    own.spend(chance.spread(STILL_MS_MIN, STILL_MS_MAX));
    nextAt = clock.now() + untilNext(stills, world);
    count('environment stood still');
    if (reads > 0) count('environment stood still with reads in hand');
  };
}

const HITCH_MS_MIN = 20;
const HITCH_MS_MAX = 250;

/** A busy machine gives the environment no processor for a moment, whatever it is doing. */
function beginHitches(own: Environment, gate: Gate, world: SourceWorld, endAt: number): void {
  const { clock, chance, hitches = 0, count } = world;
  if (hitches === 0) return;
  clock.later(untilNext(hitches, world), () => {
    if (!own.alive || clock.now() >= endAt) return;
    own.spend(chance.spread(HITCH_MS_MIN, HITCH_MS_MAX));
    if (gate.waiting > 0) count('timers fired late');
    beginHitches(own, gate, world, endAt);
  });
}

async function read(
  gate: Gate,
  own: Environment,
  { world, queue, lane, start, note, counts }: EnvironmentParts,
): Promise<void> {
  const { clock } = world;
  counts.receives += 1;
  const came = clock.now();
  let pass: Pass;
  try {
    pass = await gate.enter('source', 1_000);
  } catch (error) {
    if (!(error instanceof NotYetError)) throw error;
    note('backAt', error.until - start);
    // SQS's visibility timeout is in whole seconds; at least one.
    queue.comeAt(clock.now() + 1000 * Math.ceil(Math.max(1_000, error.until - clock.now()) / 1000));
    return;
  }
  const began = clock.now();
  note('askedAt', began - start);
  const isBackfill = lane?.name === 'backfill';
  if (isBackfill) note('backfillAt', began - start);
  else note('waitedMs', began - came);
  if (isBackfill) counts.backfillInside += 1;
  const over = new AbortController();
  const late = own.clock.sleep(READ_MS_MAX, over.signal).then(() => undefined);
  const answer = await Promise.race([ask(gate, own, world), late]);
  if (isBackfill) counts.backfillInside -= 1;
  over.abort('over');
  if (answer === undefined) {
    pass.end('timed out');
    queue.comeAt(clock.now() + 5_000);
  } else if (answer.kind === 'done') {
    pass.end('done');
    if (!isBackfill) note('doneAt', clock.now() - start);
    note('readMs', clock.now() - began);
  } else {
    note('refusedAt', clock.now() - start);
    const error = { status: 429, headers: { 'retry-after': answer.retryAfter } };
    const refusal = refusalOf(error, own.clock.now());
    if (refusal === undefined) throw new Error('status 429 was not taken for a refusal');
    const { until } = await pass.refuse(refusal);
    queue.comeAt(Math.max(until, clock.now() + 1_000));
  }
}

function ask(gate: Gate, own: Environment, { source, hedges }: SourceWorld): Promise<Answer> {
  const asked = () => own.enter(source.ask());
  if (hedges === undefined) return asked();
  const signal = new AbortController().signal;
  return hedgedRead(asked, 'source', signal, { hedges, gate, clock: own.clock });
}

function newGate(own: Environment, { world, table, lane }: EnvironmentParts): Gate {
  return createGate({
    name: own.name,
    store: {
      load: () => own.enter(table.load()),
      swap: (_, after) => own.enter(table.swap(after)),
    },
    clock: own.clock,
    random: world.chance.random,
    observe: world.observe ?? (() => undefined),
    source: world.limits,
    limits: { readersMax: 50 },
    ...(lane && { lane }),
  });
}

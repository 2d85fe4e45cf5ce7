/**
 * An environment that reads one source through the gate of functions/reader/: it takes requests from a queue, gives back what
 * must wait, dies with what it has in hand, and freezes between its invocations.
 */
import { createGate, type Gate } from '../../functions/reader/gate/gate.ts';
import { NotYetError, type Pass } from '../../functions/reader/gate/gate-ports.ts';
import { hedgedRead } from '../../functions/reader/hedged-read.ts';
import type { Answer } from './source-model.ts';
import type { SourceWorld } from './source-run.ts';
import type { SourceTable } from './source-table.ts';

/** The requests of a run, each due at a time of its own. */
export interface SourceQueue {
  comeAt(at: number): void;
  /** Takes what is due, so many at the most; returns how many those are. */
  take(max: number): number;
}

export interface EnvironmentParts {
  readonly world: SourceWorld;
  readonly table: SourceTable;
  readonly queue: SourceQueue;
  readonly start: number;
  readonly note: (name: Noted, value: number) => void;
  /** Counts the requests that were received and the environments that died. */
  readonly counts: { receives: number; deaths: number; environments: number };
}

export type Noted = 'doneAt' | 'readMs' | 'askedAt' | 'waitedMs' | 'backAt' | 'refusedAt' | 'inside';

const BATCH = 10;
const READS_AT_ONCE = 50;
const READ_MS_MAX = 25_000;

export async function runEnvironment(parts: EnvironmentParts): Promise<void> {
  const { world, table, queue, start, counts } = parts;
  const { clock, chance } = world;
  const endAt = start + world.lastsMs;
  const own = { alive: true };
  counts.environments += 1;
  const dieAt = clock.now() + lifetimeMs(world);
  const gate = newGate(`e${counts.environments}`, world, table, () => own.alive);
  while (clock.now() < endAt && own.alive) {
    let reads = 0;
    let wake = () => {};
    for (;;) {
      if (clock.now() >= dieAt) {
        own.alive = false;
        counts.deaths += 1;
        break;
      }
      if (clock.now() >= endAt) break;
      const batch = gate.waiting === 0 ? queue.take(Math.min(BATCH, READS_AT_ONCE - reads)) : 0;
      for (let n = 0; n < batch; n += 1) {
        reads += 1;
        void read(gate, () => own.alive, parts).finally(() => {
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
  // What a dead one had in hand comes back by its visibility timeout, and another is started.
  if (!own.alive) await runEnvironment(parts);
}

function lifetimeMs({ deaths, chance, environments }: SourceWorld): number {
  return deaths === 0 ? Number.POSITIVE_INFINITY : chance.between(0, 2_000 / deaths) * environments;
}

async function read(
  gate: Gate,
  alive: () => boolean,
  { world, queue, start, note, counts }: EnvironmentParts,
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
    // As SQS has it: whole seconds, at least one.
    queue.comeAt(clock.now() + 1000 * Math.ceil(Math.max(1_000, error.until - clock.now()) / 1000));
    return;
  }
  if (!alive()) return;
  const began = clock.now();
  note('askedAt', began - start);
  note('waitedMs', began - came);
  const over = new AbortController();
  const late = clock.sleep(READ_MS_MAX, over.signal).then(() => undefined);
  const answer = await Promise.race([ask(gate, world), late]);
  over.abort('over');
  if (!alive()) return;
  if (answer === undefined) {
    pass.end('timed out');
    queue.comeAt(clock.now() + 5_000);
  } else if (answer.kind === 'done') {
    pass.end('done');
    note('doneAt', clock.now() - start);
    note('readMs', clock.now() - began);
  } else {
    note('refusedAt', clock.now() - start);
    const { until } = await pass.refuse({ waitMs: answer.waitMs, certain: true });
    queue.comeAt(Math.max(until, clock.now() + 1_000));
  }
}

function ask(gate: Gate, { source, hedges, clock }: SourceWorld): Promise<Answer> {
  if (hedges === undefined) return source.ask();
  const signal = new AbortController().signal;
  return hedgedRead(() => source.ask(), 'source', signal, { hedges, gate, clock });
}

function newGate(name: string, world: SourceWorld, table: SourceTable, alive: () => boolean): Gate {
  const never = new Promise<never>(() => {});
  return createGate({
    name,
    store: {
      load: () => (alive() ? table.load() : never),
      swap: (_, after) => (alive() ? table.swap(after) : never),
    },
    clock: world.clock,
    random: world.chance.random,
    observe: world.observe ?? (() => undefined),
    source: world.limits,
    limits: { readersMax: 50 },
  });
}

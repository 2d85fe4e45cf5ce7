/**
 * Environments that read one source through the gate of functions/reader/, on the virtual clock: they take requests from a
 * queue, give back what must wait, die with what they have in hand, and freeze between their invocations.
 */

import type { Observe } from '../../functions/ports.ts';
import { createGate, type Gate } from '../../functions/reader/gate/gate.ts';
import { NotYetError, type Pass } from '../../functions/reader/gate/gate-ports.ts';
import type { Hedges } from '../../functions/reader/gate/hedges.ts';
import { NEW_SOURCE, type SharedSource } from '../../functions/reader/gate/shared-source.ts';
import { hedgedRead } from '../../functions/reader/hedged-read.ts';
import type { SourceLimits } from '../../functions/source.ts';
import { createHeap } from '../../model/heap.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Chance } from '../world/chance.ts';
import type { Answer, SourceModel } from './source-model.ts';

export interface SourceRun {
  readonly doneAt: readonly number[];
  /** Ms of each read that came back well. */
  readonly readMs: readonly number[];
  readonly askedAt: readonly number[];
  /** Ms that each of them waited at the gate. */
  readonly waitedMs: readonly number[];
  readonly refusedAt: readonly number[];
  /** When those that were given back come again. */
  readonly backAt: readonly number[];
  /** Receives of all requests. */
  readonly receives: number;
  readonly requests: number;
  /** Reads inside the source, every tenth of a second. */
  readonly inside: readonly number[];
  readonly writes: number;
  readonly deaths: number;
}

export interface SourceWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly source: SourceModel;
  readonly limits: SourceLimits;
  readonly environments: number;
  readonly requests: number;
  readonly lastsMs: number;
  /** Environments that die, each second. */
  readonly deaths: number;
  /** Calls of the table that fail, and the time that others take. */
  readonly tableFails: number;
  /** Ms from the start: the table gives no answer between the two. */
  readonly tableOut?: readonly [from: number, to: number];
  /** Ms from the start: the item is gone. */
  readonly itemLost?: number;
  readonly observe?: Observe;
  /** Slow reads are attempted twice: of all environments by one, which sees what each would see later. */
  readonly hedges?: Hedges;
}

interface Request {
  readonly at: number;
  readonly order: number;
  position: number;
}

const BATCH = 10;
const READS_AT_ONCE = 50;
const READ_MS_MAX = 25_000;

export async function runSource(world: SourceWorld): Promise<SourceRun> {
  Error.stackTraceLimit = 0; // Those that are given back are many, and nobody looks at their stacks.
  const { clock, chance, source, lastsMs } = world;
  const start = clock.now();
  const endAt = start + lastsMs;
  const queue = createHeap<Request>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let order = 0;
  const comeAt = (at: number): void => {
    order += 1;
    queue.push({ at, order, position: -1 });
  };
  for (let n = 0; n < world.requests; n += 1) comeAt(start);
  const seen = {
    doneAt: [],
    readMs: [],
    askedAt: [],
    waitedMs: [],
    backAt: [],
    refusedAt: [],
    inside: [],
  } as Record<string, number[]>;
  const note = (name: string, value: number): void => void seen[name]?.push(value);
  const counts = { receives: 0, deaths: 0 };
  let environments = 0;
  const table = createTable(world);
  const nextDue = (): Request | undefined => {
    const first = queue.peek();
    if (first === undefined || first.at > clock.now()) return undefined;
    queue.remove(first);
    return first;
  };

  const hedges = world.hedges;
  const ask = (gate: Gate): Promise<Answer> =>
    hedges === undefined
      ? source.ask()
      : hedgedRead(() => source.ask(), 'source', new AbortController().signal, { hedges, gate, clock });

  async function read(gate: Gate, alive: () => boolean): Promise<void> {
    counts.receives += 1;
    const came = clock.now();
    let pass: Pass;
    try {
      pass = await gate.enter('source', 1_000);
    } catch (error) {
      if (!(error instanceof NotYetError)) throw error;
      note('backAt', error.until - start);
      // As SQS has it: whole seconds, at least one.
      comeAt(clock.now() + 1000 * Math.ceil(Math.max(1_000, error.until - clock.now()) / 1000));
      return;
    }
    if (!alive()) return;
    const began = clock.now();
    note('askedAt', began - start);
    note('waitedMs', began - came);
    const over = new AbortController();
    const late = clock.sleep(READ_MS_MAX, over.signal).then(() => undefined);
    const answer = await Promise.race([ask(gate), late]);
    over.abort('over');
    if (!alive()) return;
    if (answer === undefined) {
      pass.end('timed out');
      comeAt(clock.now() + 5_000);
    } else if (answer.kind === 'done') {
      pass.end('done');
      note('doneAt', clock.now() - start);
      note('readMs', clock.now() - began);
    } else {
      note('refusedAt', clock.now() - start);
      const { until } = await pass.refuse({ waitMs: answer.waitMs, certain: true });
      comeAt(Math.max(until, clock.now() + 1_000));
    }
  }

  async function environment(): Promise<void> {
    const own = { alive: true };
    environments += 1;
    const dieAt =
      world.deaths === 0
        ? Number.POSITIVE_INFINITY
        : clock.now() + chance.between(0, 2_000 / world.deaths) * world.environments;
    const gate = newGate(`e${environments}`, world, table, () => own.alive);
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
        const free = Math.min(BATCH, READS_AT_ONCE - reads);
        const batch =
          gate.waiting === 0 ? Array.from({ length: free }, nextDue).filter((one) => one !== undefined) : [];
        for (const _ of batch) {
          reads += 1;
          void read(gate, () => own.alive).finally(() => {
            reads -= 1;
            wake();
          });
        }
        if (reads === 0) break;
        if (batch.length === 0) {
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
    if (!own.alive) await environment();
  }

  const sample = async (): Promise<void> => {
    while (clock.now() < endAt) {
      note('inside', source.counts.inside);
      await clock.sleep(100);
    }
  };
  void sample();
  for (let n = 0; n < world.environments; n += 1) void environment();
  await clock.runUntilIdle(endAt);
  const {
    doneAt = [],
    readMs = [],
    askedAt = [],
    waitedMs = [],
    backAt = [],
    refusedAt = [],
    inside = [],
  } = seen;
  return {
    doneAt,
    readMs,
    askedAt,
    waitedMs,
    backAt,
    refusedAt,
    inside,
    requests: world.requests,
    writes: table.writes(),
    ...counts,
  };
}

function createTable({ clock, chance, tableFails, tableOut = [0, 0], itemLost }: SourceWorld) {
  const start = clock.now();
  let item: SharedSource | undefined;
  if (itemLost !== undefined)
    clock.later(itemLost, () => {
      item = undefined;
    });
  let writes = 0;
  const call = async <T>(land: () => T): Promise<T> => {
    await clock.sleep(chance.between(2, 8));
    const at = clock.now() - start;
    if (at >= tableOut[0] && at < tableOut[1]) await clock.sleep(30_000);
    if (chance.happens(tableFails)) throw new Error('the table refused the call');
    const answer = land();
    await clock.sleep(chance.between(1, 3));
    return answer;
  };
  return {
    writes: () => writes,
    load: () => call(() => item),
    swap: (after: SharedSource) =>
      call((): SharedSource | 'swapped' => {
        writes += 1;
        const current = item ?? NEW_SOURCE;
        if (current.version !== after.version - 1) return current;
        item = after;
        return 'swapped';
      }),
  };
}

function newGate(
  name: string,
  world: SourceWorld,
  table: ReturnType<typeof createTable>,
  alive: () => boolean,
): Gate {
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

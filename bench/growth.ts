/**
 * E: the cost of a reading as a key's history grows. The compute handler folds a million readings, one per
 * message, ten messages per batch. The store keeps the items as bytes outside the heap, so the heap is the
 * function's.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeItem, type Item } from '../functions/aws/dynamo-items.ts';
import { encodePage } from '../functions/aws/receipt-pages.ts';
import { parseSqsEvent } from '../functions/aws/sqs-records.ts';
import { computeBatch } from '../functions/compute/compute.ts';
import { definePipeline } from '../functions/pipeline.ts';
import type { KeyItem } from '../functions/state.ts';
import type { StateStore } from '../functions/state-store.ts';
import { buildEvents } from './events.ts';
import { portsOf } from './measure-fold.ts';

export interface GrowthPoint {
  readonly keys: number;
  /** Number of readings folded before and during this measurement. */
  readonly readings: number;
  readonly usPerReading: number;
  readonly writesPerCommit: number;
  readonly readsPerCommit: number;
  readonly itemBytes: number;
  /** Heap that the function keeps, mostly its cache. */
  readonly heapMb: number;
}

const MESSAGES = 10;
const LOT = 1000;

export const pipeline = definePipeline({
  name: 'growth',
  request: { '~standard': { version: 1, vendor: 'bench', validate: () => ({ value: null }) } },
  read: async (): Promise<{ value: number }[]> => [],
  initial: () => ({ count: 0, sum: 0 }),
  compute: (state, { value }) => ({ count: state.count + 1, sum: state.sum + value }),
});

/** Measures at each power of ten from 1,000 on, over the last half of the readings up to it. */
export async function measureGrowth(keys: number, readingsMax: number): Promise<GrowthPoint[]> {
  // The first pass leaves compiled code behind, which is not part of any history.
  await measurePoints(1, WARM_UP_READINGS);
  return measurePoints(keys, readingsMax);
}

const WARM_UP_READINGS = 10_000;

async function measurePoints(keys: number, readingsMax: number): Promise<GrowthPoint[]> {
  const store = createByteStore();
  const ports = portsOf(pipeline, store);
  const heapBefore = heapMb();
  const points: GrowthPoint[] = [];
  let handlerMs = 0;
  let mark = { readings: 0, ms: 0, ...store.counts };
  let target = 1000;
  for (let done = 0; done < readingsMax; done += LOT) {
    // Each batch has ten messages of one key; the keys alternate.
    const events = buildEvents(
      Array.from({ length: MESSAGES }, () => [{ value: 1 }]),
      LOT / MESSAGES,
      (batch) => `key-${batch % keys}`,
      done / MESSAGES,
    );
    const ownBefore = store.ownMs();
    const start = performance.now();
    for (const event of events) {
      const failed = await computeBatch(parseSqsEvent(event), 60_000, ports);
      if (failed.length > 0) throw new Error(`${failed.length} messages came back`);
    }
    handlerMs += performance.now() - start - (store.ownMs() - ownBefore);
    const readings = done + LOT;
    if (readings === target / 2) mark = { readings, ms: handlerMs, ...store.counts };
    if (readings < target) continue;
    const commits = store.counts.commits - mark.commits;
    points.push({
      keys,
      readings,
      usPerReading: ((handlerMs - mark.ms) * 1000) / (readings - mark.readings),
      writesPerCommit: (store.counts.writes - mark.writes) / commits,
      readsPerCommit: (store.counts.reads - mark.reads) / commits,
      itemBytes: store.newestBytes(),
      heapMb: Math.max(0, heapMb() - heapBefore),
    });
    target *= 10;
  }
  return points;
}

interface ByteStore extends StateStore {
  readonly counts: { commits: number; writes: number; reads: number };
  /** Time spent in the store itself, which is not the function's. */
  ownMs(): number;
  newestBytes(): number;
}

function createByteStore(): ByteStore {
  const items = new Map<string, Buffer>();
  const counts = { commits: 0, writes: 0, reads: 0 };
  let ownMs = 0;
  let newest: KeyItem | undefined;
  const timed = <Value>(work: () => Value): Value => {
    const start = performance.now();
    const value = work();
    ownMs += performance.now() - start;
    return value;
  };
  return {
    counts,
    ownMs: () => ownMs,
    newestBytes: () => (newest === undefined ? 0 : itemBytes(encodeItem(newest))),
    load: async (key) =>
      timed(() => {
        counts.reads += 1;
        const held = items.get(key);
        return held === undefined ? undefined : asItem(JSON.parse(held.toString()));
      }),
    commit: async ({ next, page }) =>
      timed(() => {
        counts.commits += 1;
        counts.writes += page === undefined ? 1 : 2;
        if (page !== undefined && itemBytes(encodePage(page)) > WRITE_UNIT_BYTES) {
          throw new Error('a page of receipts costs more than one write unit');
        }
        newest = next;
        items.set(next.key, Buffer.from(JSON.stringify(next)));
        return { outcome: 'committed' };
      }),
    pages: async () => {
      counts.reads += 1;
      return [];
    },
    parked: async () => [],
    deadCopies: async () => ({ copies: [], complete: true }),
    bury: async () => undefined,
  };
}

const WRITE_UNIT_BYTES = 1024;

/** The stored value was a KeyItem. */
function asItem(value: KeyItem): KeyItem {
  return { ...value, stopped: undefined };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (bytes, [name, { S = '', B, N }]) =>
      bytes +
      Buffer.byteLength(name) +
      Buffer.byteLength(S) +
      (B?.byteLength ?? 0) +
      (N === undefined ? 0 : 21),
    0,
  );
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

export function heapMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/**
 * The programs of the demo, with five calls each, and their times with asyncio. These times are those of
 * three runs with Python 3.11 at full scale, which differed by less than 0.02 s, rounded; they are not
 * measured again. Times are milliseconds from the start of the program.
 */
import type { DemoBar, DemoCall } from './comparison.ts';

export interface ArticleProgram {
  readonly name: string;
  readonly description: string;
  readonly readMs: number;
  readonly computeMs: number;
  readonly writeMs: number;
  /** The earliest end of any schedule of this work that computes one call at a time. */
  readonly limitMs: number;
  readonly asyncio: readonly DemoCall[];
  /** Whether the sums and chains are shown. */
  readonly shows: boolean;
}

export const CALLS = 5;
const STEP = 2_500;

const times = <Value>(make: (call: number) => Value): Value[] =>
  Array.from({ length: CALLS }, (_, call) => make(call));
const chainTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1).join('->');
const bar = (kind: DemoBar['kind'], start: number): DemoBar => ({ kind, start, end: start + STEP });

const readThenCompute = { readMs: STEP, computeMs: STEP, writeMs: 0, limitMs: STEP + CALLS * STEP };
const computeThenWrite = { readMs: 0, computeMs: STEP, writeMs: STEP, limitMs: CALLS * STEP + STEP };

/** The reads overlap; the loop computes one call after another as they arrive. */
const asyncFirst = times((call): DemoCall => {
  const compute = bar('compute', STEP + call * STEP);
  return { bars: [bar('read', 0), compute], doneMs: compute.end };
});

/**
 * The computations block the loop: a call whose wait has ended learns it only when the loop is free again.
 */
const syncFirst = times((call): DemoCall => {
  const compute = bar('compute', call * STEP);
  const doneMs = Math.max(compute.end + STEP, CALLS * STEP);
  return { bars: [compute, { kind: 'write', start: compute.end, end: doneMs }], doneMs };
});

export const ARTICLE: readonly ArticleProgram[] = [
  {
    name: 'sync',
    description: 'read 2.5 s, compute 2.5 s, one call after the other',
    ...readThenCompute,
    asyncio: times((call) => {
      const read = bar('read', 2 * call * STEP);
      const compute = bar('compute', read.end);
      return { bars: [read, compute], doneMs: compute.end };
    }),
    shows: false,
  },
  {
    name: 'async1',
    description: 'all asynchronous, 5 s each',
    readMs: 2 * STEP,
    computeMs: 0,
    writeMs: 0,
    limitMs: 2 * STEP,
    asyncio: times(() => ({ bars: [{ kind: 'read', start: 0, end: 2 * STEP }], doneMs: 2 * STEP })),
    shows: false,
  },
  {
    name: 'async2',
    description: 'read 2.5 s asynchronously, then compute 2.5 s synchronously',
    ...readThenCompute,
    asyncio: asyncFirst,
    shows: false,
  },
  {
    name: 'async3',
    description: 'compute 2.5 s synchronously, then 2.5 s asynchronously',
    ...computeThenWrite,
    asyncio: syncFirst,
    shows: false,
  },
  {
    name: 'chain, async first',
    description: 'as async2; every call shows the sum and the chain',
    ...readThenCompute,
    asyncio: asyncFirst.map((call, index) => ({
      ...call,
      result: `sum ${index + 1}, chain ${chainTo(index + 1)}`,
    })),
    shows: true,
  },
  {
    name: 'chain, sync first',
    description: 'as async3; every call shows the sum and the chain at its end',
    ...computeThenWrite,
    asyncio: syncFirst.map((call) => ({ ...call, result: `sum ${CALLS}, chain ${chainTo(CALLS)}` })),
    shows: true,
  },
];

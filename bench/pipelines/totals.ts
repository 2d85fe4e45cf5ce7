/** The benchmarks' pipeline: a read that waits as long as its request says, and a sum for each key. */
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';
import { spend } from '../spend.ts';

const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(20_000));

const timedRequest = v.object({
  key: v.string(),
  readMs: ms,
  busyMs: ms,
  blockMs: ms,
  values: v.array(v.number()),
});

interface Reading {
  readonly key: string;
  readonly value: number;
  readonly busyMs: number;
  readonly blockMs: number;
}

export interface Totals {
  readonly count: number;
  readonly sum: number;
}

export default definePipeline({
  name: 'totals',
  request: timedRequest,
  async read({ key, readMs, busyMs, blockMs, values }, { signal }) {
    if (readMs > 0) await wait(readMs, undefined, { signal });
    return values.map((value): Reading => ({ key, value, busyMs, blockMs }));
  },
  key: (reading) => reading.key,
  initial: (): Totals => ({ count: 0, sum: 0 }),
  compute(state, { value, busyMs, blockMs }) {
    spend(busyMs, blockMs);
    return { count: state.count + 1, sum: state.sum + value };
  },
});

/** The stages from a request to its outputs, and their times for the report. */
import type { Measured } from '../model/measured.ts';
import { type Plan, percentile } from '../plan.ts';

export interface StageTimes {
  readonly name: string;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

const TOTAL = 'request to commit';

const STAGES: readonly { readonly name: string; readonly of: keyof Measured }[] = [
  { name: 'wait for a reader', of: 'waitForReader' },
  { name: 'read', of: 'read' },
  { name: 'send', of: 'send' },
  { name: 'wait for the key', of: 'waitForKey' },
  { name: 'compute and commit', of: 'compute' },
  { name: TOTAL, of: 'total' },
  { name: 'commit to written', of: 'write' },
];

/** Leaves out stages without messages. */
export function stageTimes(measured: Measured): StageTimes[] {
  return STAGES.filter(({ of }) => measured[of].length > 0).map(({ name, of }) => ({
    name,
    p50: percentile(measured[of], 0.5),
    p90: percentile(measured[of], 0.9),
    p99: percentile(measured[of], 0.99),
  }));
}

/** The times of the plan, with an extra row for the total time if the FIFO queue is slow. */
export function planTimes({ forecast, pessimistic }: Pick<Plan, 'forecast' | 'pessimistic'>): StageTimes[] {
  const times = forecast === undefined ? [] : stageTimes(forecast.outcome.measured);
  if (pessimistic === undefined) return times;
  const slow = stageTimes(pessimistic.outcome.measured).find(({ name }) => name === TOTAL);
  return times.flatMap((each) =>
    each.name === TOTAL && slow !== undefined ? [each, { ...slow, name: '  where FIFO is slow' }] : [each],
  );
}

export interface Bin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly share: number;
}

const BINS_PER_DECADE = 12;

/** Bins on a logarithmic scale, from the fastest to the slowest. */
export function histogram(values: readonly number[]): Bin[] {
  if (values.length === 0) return [];
  const binOf = (ms: number) => Math.floor(Math.log10(Math.max(1, ms)) * BINS_PER_DECADE);
  const counts = new Map<number, number>();
  for (const ms of values) counts.set(binOf(ms), (counts.get(binOf(ms)) ?? 0) + 1);
  const numbers = [...counts.keys()].sort((a, b) => a - b);
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? first;
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const bin = first + index;
    return {
      fromMs: 10 ** (bin / BINS_PER_DECADE),
      toMs: 10 ** ((bin + 1) / BINS_PER_DECADE),
      share: (counts.get(bin) ?? 0) / values.length,
    };
  });
}

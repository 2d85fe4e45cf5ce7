/** The times of asyncio, and invented runs of Weir with a little overhead. */
import { callsOf, type DemoCall, type DemoProgram } from '../../../bench/demo/comparison.ts';
import type { RunObservation } from '../../../local/report/observed.ts';

const FIVE = [0, 1, 2, 3, 4];

export function examplePrograms(scale = 0.1): DemoProgram[] {
  const readThenCompute = callsOf(async2Observations(scale), 0, scale);
  return [
    {
      name: 'sync',
      description: 'read 2.5 s and compute 2.5 s, one call after the other',
      limitMs: 15_000,
      asyncio: FIVE.map((n) =>
        call(['read', n * 5000, n * 5000 + 2500], ['compute', n * 5000 + 2500, n * 5000 + 5000]),
      ),
      weir: readThenCompute,
    },
    {
      name: 'async1',
      description: 'all asynchronous, 5 s each',
      limitMs: 5_000,
      asyncio: FIVE.map(() => call(['read', 0, 5000])),
      weir: FIVE.map((n) => call(['read', 30 + n, 5030 + n])),
    },
    {
      name: 'async2',
      description: 'read 2.5 s asynchronously, then compute 2.5 s synchronously',
      limitMs: 15_000,
      asyncio: FIVE.map((n) => call(['read', 0, 2500], ['compute', 2500 + n * 2500, 5000 + n * 2500])),
      weir: readThenCompute,
    },
    {
      name: 'async3',
      description: 'compute 2.5 s synchronously first, then write 2.5 s asynchronously',
      limitMs: 15_000,
      asyncio: FIVE.map((n) =>
        call(['compute', n * 2500, n * 2500 + 2500], ['write', n * 2500 + 2500, n === 4 ? 15_000 : 12_500]),
      ),
      weir: FIVE.map((n) =>
        call(['compute', 20 + n * 2510, 2520 + n * 2510], ['write', 2530 + n * 2510, 5030 + n * 2510]),
      ),
    },
    {
      name: 'chain, async first',
      description: 'as async2, with sum and chain',
      limitMs: 15_000,
      asyncio: FIVE.map((n) => ({
        ...call(['read', 0, 2500], ['compute', 2500 + n * 2500, 5000 + n * 2500]),
        result: `sum ${n + 1}`,
      })),
      weir: readThenCompute.map((one, n) => ({
        ...one,
        result: `sum ${n + 1}, ${FIVE.slice(0, n + 1)
          .map((m) => m + 1)
          .join('->')}`,
      })),
    },
  ];
}

export function async2Observations(scale: number): RunObservation[] {
  const environment = 1;
  return FIVE.flatMap((n): RunObservation[] => [
    {
      kind: 'read',
      request: `r-${n}`,
      start: 2,
      end: 2 + 2500 * scale + n,
      outcome: 'done',
      readings: 1,
      environment,
    },
    {
      kind: 'compute',
      key: 'all',
      start: 5 + 2500 * scale * (n + 1) + n * 2,
      end: 5 + 2500 * scale * (n + 2) + n * 2,
      readings: 1,
      environment,
    },
  ]);
}

function call(...bars: readonly (readonly [DemoCall['bars'][number]['kind'], number, number])[]): DemoCall {
  return {
    bars: bars.map(([kind, start, end]) => ({ kind, start, end })),
    doneMs: Math.max(...bars.map(([, , end]) => end)),
  };
}

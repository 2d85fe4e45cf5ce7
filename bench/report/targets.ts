/** The targets and their results: the rows of the report's first table. */
import type { Result } from '../results.ts';
import { figure } from './numbers.ts';

export interface TargetRow {
  readonly what: string;
  readonly target: string;
  readonly figure: string;
  readonly met: boolean;
}

/** `value` finds a median; undefined if the run has none. */
interface Target {
  readonly what: string;
  readonly target: string;
  readonly unit?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly value: (median: Median) => number | undefined;
}

type Median = (work: string, system: string, metric: string) => number | undefined;

const ratio =
  (work: string, metric: string) =>
  (median: Median): number | undefined =>
    median(work, 'weir', `${metric} / limit`);

const TARGETS: readonly Target[] = [
  { what: 'W1 makespan / limit', target: '<= 1.01', atMost: 1.01, value: ratio('W1', 'makespan') },
  { what: 'W2 makespan / limit', target: '<= 1.05', atMost: 1.05, value: ratio('W2', 'makespan') },
  { what: 'W2 half of the effects / limit', target: '<= 1.5', atMost: 1.5, value: ratio('W2', 't50') },
  { what: 'W2 99 % of the effects / limit', target: '<= 1.15', atMost: 1.15, value: ratio('W2', 't99') },
  ...(
    [
      ['makespan', 1.02],
      ['t50', 1.2],
      ['t99', 1.1],
    ] as const
  ).map(([time, atMost]) =>
    weir('W2v', `${time} without fixed latencies / limit`, '', `<= ${atMost}`, { atMost }),
  ),
  weir('W3', 'rate', 'readings/s', '>= 3,000 readings/s', { atLeast: 3000 }),
  {
    what: 'W3 rate / the AWS pattern of today',
    target: '>= 10 x',
    atLeast: 10,
    unit: 'x',
    value: (median) => divided(median('W3', 'weir', 'rate'), median('W3', 'aws-pattern', 'rate')),
  },
  weir('W3', 'CPU', 'ms/reading', '<= 0.4 ms/reading', { atMost: 0.4 }),
  weir('W3p', 'rate', 'readings/s', '>= 40,000 readings/s', { atLeast: 40_000 }),
  weir(
    'W3',
    'writes/commit',
    'writes',
    '<= 1.02 writes',
    { atMost: 1.02 },
    'W3 writes for each key and batch',
  ),
  weir('W3', 'reads/commit', 'reads', '0 reads', { atMost: 0.005 }, 'W3 reads for each key and batch'),
  weir('W3', 'list price', 'USD', '<= 0.50 USD per million', { atMost: 0.5 }),
  weir('W3p', 'list price', 'USD', '<= 0.10 USD per million', { atMost: 0.1 }),
  ...[0.2, 4, 64].flatMap((stateKb) =>
    [1, 100].map((readings) =>
      weir(
        'W4',
        `beyond compute and encode, state ${stateKb} KB, 10 messages of ${readings}`,
        'us/reading',
        '<= 3 us/reading',
        { atMost: 3 },
      ),
    ),
  ),
  ...['totals', 'clicks'].flatMap((pipeline) =>
    ['reader', 'compute', 'writer'].flatMap((stage): Target[] => {
      const system = `weir ${pipeline} ${stage}`;
      return [
        {
          what: `W5 bundle of ${system}`,
          target: '<= 200 KB',
          atMost: 200,
          unit: 'KB',
          value: (median) => median('W5', system, 'bundle'),
        },
        {
          what: `W5 import CPU of ${system}`,
          target: '<= 75 ms',
          atMost: 75,
          unit: 'ms',
          value: (median) => median('W5', system, 'CPU'),
        },
      ];
    }),
  ),
  {
    what: 'W6 CPU of a warm call: one more commit of compute, its call included',
    target: '<= 0.2 ms',
    atMost: 0.2,
    unit: 'ms',
    value: (median) => median('W6', 'weir compute, ten keys', 'CPU of one more commit, its call included'),
  },
  ...['reader', 'compute, ten keys', 'writer'].flatMap((work): Target[] => [
    {
      what: `W6 CPU of the import, ${work}`,
      target: '<= 50 ms',
      atMost: 50,
      unit: 'ms',
      value: (median) => median('W6', `weir ${work}`, 'import, CPU'),
    },
    {
      what: `W6 bundle, ${work}`,
      target: '<= 150 KB',
      atMost: 150,
      unit: 'KB',
      value: (median) => median('W6', `weir ${work}`, 'bundle'),
    },
  ]),
  ...['sums, 100 readings', 'sums, 3000 readings', 'a sketch, 1000 readings'].map(
    (work): Target => ({
      what: `one hot key, compute alone, ${work} in a request: with merge / without`,
      target: '>= 50 x',
      atLeast: 50,
      unit: 'x',
      value: (median) =>
        median('hot-key', 'with merge', `${work} in a request: compute alone, times without`),
    }),
  ),
  {
    what: 'memory of a run of 5,000,000 readings',
    target: '<= 400 MB',
    atMost: 400,
    unit: 'MB',
    value: (median) => median('memory', 'weir run', 'at most, 5000000 readings'),
  },
  {
    what: 'npm start, process start to first read',
    target: '<= 3 s',
    atMost: 3,
    unit: 's',
    value: (median) => median('W5', 'npm start', 'process start to first read'),
  },
];

function weir(
  work: string,
  metric: string,
  unit: string,
  target: string,
  bound: { readonly atMost?: number; readonly atLeast?: number },
  what = `${work} ${metric}`,
): Target {
  return { what, target, unit, ...bound, value: (median) => median(work, 'weir', metric) };
}

export function targetRows(results: readonly Result[]): TargetRow[] {
  const median: Median = (work, system, metric) =>
    results.find((each) => each.work === work && each.system === system && each.metric === metric)?.median;
  return TARGETS.flatMap(({ what, target, unit = '', atMost, atLeast, value }) => {
    const found = value(median);
    if (found === undefined) return [];
    const met =
      found <= (atMost ?? Number.POSITIVE_INFINITY) && found >= (atLeast ?? Number.NEGATIVE_INFINITY);
    return [{ what, target, figure: `${figure(found)} ${unit}`.trim(), met }];
  });
}

function divided(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

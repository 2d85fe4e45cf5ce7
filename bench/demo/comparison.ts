/**
 * Six asyncio programs next to their counterparts: the parts of a comparison, and how the observations of a
 * run become the bars of its calls. All times are milliseconds at full scale, from the start of the program.
 */
import { defined } from '../../functions/defined.ts';
import { isTimed, type RunObservation } from '../../local/report/observed.ts';

export interface DemoBar {
  readonly kind: 'read' | 'compute' | 'write';
  readonly start: number;
  readonly end: number;
}

/** One of a program's calls. */
export interface DemoCall {
  readonly bars: readonly DemoBar[];
  readonly doneMs: number;
  /** The result of the call, if the program shows it: "sum 3". */
  readonly result?: string;
}

export interface DemoProgram {
  readonly name: string;
  readonly description: string;
  /** The lower bound of the schedule: no order of the same reads and computations ends earlier. */
  readonly limitMs: number;
  readonly asyncio: readonly DemoCall[];
  readonly weir: readonly DemoCall[];
}

/** `scale`: the factor by which the run's times were multiplied; 0.1 for a run in a tenth of the time. */
export function callsOf(
  observations: readonly RunObservation[],
  startedAt: number,
  scale: number,
  results: readonly string[] = [],
): DemoCall[] {
  const timed = observations.filter(isTimed);
  const ofKind = (kind: DemoBar['kind']): DemoBar[] =>
    timed
      .filter((observation) => observation.kind === kind)
      .map(({ start, end }) => ({ kind, start: (start - startedAt) / scale, end: (end - startedAt) / scale }))
      .sort((a, b) => a.end - b.end || a.start - b.start);
  const [reads, computes, writes] = [ofKind('read'), ofKind('compute'), ofKind('write')];
  const count = Math.max(reads.length, computes.length, writes.length);
  // The observation of a computation does not name its request. Readings of one key are computed in the order
  // in which their reads ended, so the n-th read, computation and write belong together.
  return Array.from({ length: count }, (_, index) => {
    const bars = [reads[index], computes[index], writes[index]].filter((bar) => bar !== undefined);
    const result = results[index];
    return {
      bars,
      doneMs: Math.max(...bars.map(({ end }) => end)),
      ...defined({ result }),
    };
  });
}

/** The origin and scale of the numbers, in lines that fit a narrow terminal. */
export function describeOrigin(scale: number): string[] {
  const asyncio = 'asyncio: measured earlier with Python 3.11 at full scale, not run now.';
  if (scale === 1) {
    return [asyncio, 'Weir: run now on this machine at full scale, its times as measured.'];
  }
  const times = Number((1 / scale).toPrecision(3));
  return [
    asyncio,
    `Weir: run now on this machine, with every time at ${scale} of full scale.`,
    `Its times are shown ${times} times as long as measured, its overhead too.`,
  ];
}

/** Titles over the bars of each system. */
export const SYSTEM_TITLES = { asyncio: 'asyncio, measured earlier', weir: 'Weir, run now' } as const;

export function makespanOf(calls: readonly DemoCall[]): number {
  return calls.reduce((last, { doneMs }) => Math.max(last, doneMs), 0);
}

/** "5.0, 7.5, 10.0 s", or "5 at 5.0 s" if all ended together. */
export function doneTimes(calls: readonly DemoCall[]): string {
  const times = calls.map(({ doneMs }) => (doneMs / 1000).toFixed(doneMs < 995 ? 2 : 1)).sort(numerically);
  const first = times[0];
  if (first === undefined) return 'nothing done';
  if (times.length > 1 && times.every((time) => time === first)) return `${times.length} at ${first} s`;
  return `${times.join(', ')} s`;
}

function numerically(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** The time of a schedule as a multiple of the lower bound. */
export function ratioToLimit(calls: readonly DemoCall[], { limitMs }: DemoProgram): string {
  return limitMs > 0 ? (makespanOf(calls) / limitMs).toFixed(2) : '';
}

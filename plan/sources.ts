/** How many reads a second the sources of a pipeline allow, by the limits of its `source`. */
import type { Limit, MakeLimit } from './limit.ts';
import { peakRequestsPerSecond, type Workload } from './workload.ts';

/** Infinity if there is no limit, or if Weir is to find it. */
export function sourceReadsPerSecond({ source, read }: Workload, sources: number): number {
  const { rate = Number.POSITIVE_INFINITY, concurrency } = source ?? {};
  const atOnce =
    typeof concurrency === 'number' ? (concurrency * 1000) / read.mean : Number.POSITIVE_INFINITY;
  return sources * Math.min(rate, atOnce);
}

/** The number of sources that was given, else the fewest that allow the live requests. */
export function sourcesNeeded(workload: Workload): number {
  const ofOne = sourceReadsPerSecond(workload, 1);
  return workload.sources ?? Math.max(1, Math.ceil(peakRequestsPerSecond(workload) / ofOne));
}

/** Only where the number of sources is given: it is not known otherwise, and would be what the plan needs. */
export function sourceLimits(workload: Workload, sustained: number, limit: MakeLimit): Limit[] {
  const { sources } = workload;
  const value = sources === undefined ? Number.POSITIVE_INFINITY : sourceReadsPerSecond(workload, sources);
  if (value === Number.POSITIVE_INFINITY) return [];
  return [
    limit(
      'reads of the sources',
      sustained,
      { value, confidence: 'D' },
      'reads/s',
      'fixed',
      'raise the limits of source if the sources can take it, or read from more of them',
    ),
  ];
}

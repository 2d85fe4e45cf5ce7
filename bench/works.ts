/** The works that systems are compared on, and which systems do each. */
import type { Measurement } from './measurement.ts';
import {
  articleRequests,
  quickRequests,
  readingsOf,
  scatteredRequests,
  type TimedRequest,
} from './requests.ts';
import { scheduleOf } from './schedule.ts';
import { pythonVersion, runAsyncio } from './systems/asyncio.ts';
import { runAwsPattern } from './systems/aws-pattern.ts';
import { runAsync, runSequential } from './systems/plain.ts';
import { runWeir } from './systems/weir.ts';

export interface Entry {
  readonly system: string;
  readonly requests: readonly TimedRequest[];
  /** Fewer than the other systems' runs where a run always takes the same, long time. */
  readonly runsMax?: number;
  readonly run: () => Promise<Measurement>;
}

export interface Work {
  readonly name: string;
  readonly title: string;
  readonly readsAtOnce: number;
  readonly requests: readonly TimedRequest[];
  /** No system that takes requests in their order makes its effects sooner; undefined where all is overhead. */
  readonly limitMs: readonly number[] | undefined;
  readonly entries: readonly Entry[];
}

export interface WorkOptions {
  readonly quick: boolean;
  readonly seed: number;
}

const READS_AT_ONCE = 200;
/** How many reads one reader has in work: the batch size of the requests queue's mapping. */
const READS_PER_READER = 10;
const PIPELINE = 'bench/pipelines/totals.ts';

export function worksOf({ quick, seed }: WorkOptions): Work[] {
  const article = articleRequests(quick ? 0.1 : 1);
  const scattered = scatteredRequests(quick ? 300 : 2000, 20, seed);
  const single = quickRequests(quick ? 3000 : 20_000, 100, 1);
  const packed = quickRequests(quick ? 10_000 : 20_000, 100, 100);
  return [
    {
      name: 'W1',
      title: `${article.length} requests of one key: read ${article[0]?.readMs} ms, compute ${article[0]?.blockMs} ms`,
      limitMs: scheduleOf(article, READS_AT_ONCE),
      ...timedWork(article, 1),
    },
    {
      name: 'W2',
      title: `${scattered.length} requests over 20 keys, lognormal reads, 1 ms of computing, 200 reads at once`,
      limitMs: scheduleOf(scattered, READS_AT_ONCE),
      ...timedWork(scattered, 0),
    },
    {
      name: 'W3',
      title: `${single.length} requests over 100 keys, no read time, trivial computation`,
      limitMs: undefined,
      ...timedWork(single, 1, quick ? 500 : 2000),
    },
    {
      name: 'W3p',
      title: `${readingsOf(packed)} readings over 100 keys in requests of 100`,
      limitMs: undefined,
      ...timedWork(packed, 1),
    },
  ];
}

/** `sequentialRuns`: none where it would take minutes and its time is known to the millisecond. */
function timedWork(
  requests: readonly TimedRequest[],
  sequentialRuns: number,
  forPattern = requests.length,
): Pick<Work, 'readsAtOnce' | 'requests' | 'entries'> {
  const readers = Math.max(2, Math.ceil(Math.min(READS_AT_ONCE, requests.length) / READS_PER_READER));
  // Both start warm, with what the event source mapping starts with: how environments start is W5's matter.
  const warm = Math.min(5, readers);
  const settings = { reader: { maxConcurrency: readers } };
  const few = requests.slice(0, forPattern);
  const entries: Entry[] = [
    {
      system: 'weir',
      requests,
      run: () =>
        runWeir(requests, {
          file: PIPELINE,
          settings,
          prewarm: { ReaderFunction: warm, ComputeFunction: warm },
        }),
    },
    {
      system: 'aws-pattern',
      requests: few,
      run: () => runAwsPattern(few, { readers, prewarm: { reader: warm, compute: warm } }),
    },
    { system: 'node async', requests, run: () => runAsync(requests, READS_AT_ONCE) },
  ];
  if (sequentialRuns > 0) {
    entries.push({
      ...{ system: 'sequential', requests, runsMax: sequentialRuns },
      run: () => runSequential(requests),
    });
  }
  if (pythonVersion() !== undefined) {
    entries.push({ system: 'asyncio', requests, run: () => runAsyncio(requests, READS_AT_ONCE) });
  }
  return { readsAtOnce: READS_AT_ONCE, requests, entries };
}

/** The works that the systems are compared on, and the systems for each. */
import { availableParallelism } from 'node:os';
import { defaultLimits, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Measurement } from './measurement.ts';
import { runBullmq, runRestate } from './peers/run-peer.ts';
import { articleRequests, quickRequests, scatteredRequests, type TimedRequest } from './requests.ts';
import { scheduleOf } from './schedule.ts';
import { pythonVersion, runAsyncio } from './systems/asyncio.ts';
import { runAwsPattern } from './systems/aws-pattern.ts';
import { runAsync, runSequential } from './systems/plain.ts';
import { runWeir } from './systems/weir.ts';

export interface Entry {
  readonly system: string;
  readonly requests: readonly TimedRequest[];
  /** Fewer runs than the other systems, if a run always takes the same long time. */
  readonly runsMax?: number;
  readonly run: () => Promise<Measurement>;
}

export interface Work {
  readonly name: string;
  readonly requests: readonly TimedRequest[];
  /** Limits for any system that takes requests in order; undefined if everything is overhead. */
  readonly limitMs: readonly number[] | undefined;
  readonly entries: readonly Entry[];
}

export interface WorkOptions {
  /** With BullMQ and Restate in W2 and W3. */
  readonly peers: boolean;
  readonly quick: boolean;
  readonly seed: number;
}

const READS_AT_ONCE = 200;
const CORES = availableParallelism();
const PIPELINE = 'bench/pipelines/totals.ts';
const PIPELINE_BY_BATCH = 'bench/pipelines/totals-by-batch.ts';

/** When nothing waits, more environments than processors would only take turns. */
const BUSY: Setting = { readers: Math.max(2, CORES), computes: Math.max(2, CORES) };
/** Enough readers for this many concurrent reads: here an invocation takes more requests as it has room... */
const WIDE: Setting = { readers: READS_AT_ONCE / defaultLimits.readsPerInvocation, computes: 5 };
/** ...and here it only has the batch that it was given. */
const WIDE_BY_BATCH: Setting = { ...WIDE, readers: READS_AT_ONCE / SQS_BATCH_ENTRIES_MAX };
/** The pattern's updates wait for each other, so more computes suit it. */
const WIDE_PATTERN: Setting = { ...WIDE_BY_BATCH, computes: 50 };

export function worksOf({ quick, seed, peers }: WorkOptions): Work[] {
  const article = articleRequests(quick ? 0.1 : 1);
  const scattered = scatteredRequests(quick ? 300 : 2000, 20, seed);
  const single = quickRequests(quick ? 3000 : 20_000, 100, 1);
  const packed = quickRequests(quick ? 10_000 : 20_000, 100, 100);
  const few = { readers: 2, computes: 2 };
  return [
    {
      name: 'W1',
      requests: article,
      limitMs: scheduleOf(article, READS_AT_ONCE),
      entries: entriesFor(article, { sequentialRuns: 1, weir: few, pattern: few }),
    },
    {
      name: 'W2',
      requests: scattered,
      limitMs: scheduleOf(scattered, READS_AT_ONCE),
      entries: [
        ...entriesFor(scattered, { sequentialRuns: 0, weir: WIDE, pattern: WIDE_PATTERN }),
        {
          system: 'weir, by batch',
          requests: scattered,
          run: () => runWeir(scattered, { file: PIPELINE_BY_BATCH, ...WIDE_BY_BATCH }),
        },
        ...(peers ? peersFor(scattered) : []),
      ],
    },
    {
      name: 'W3',
      requests: single,
      limitMs: undefined,
      // The pattern does better with the five environments of a new mapping, because its updates wait for
      // each other.
      entries: [
        ...entriesFor(single, {
          sequentialRuns: 1,
          weir: BUSY,
          pattern: { readers: 5, computes: 5 },
          patternRequests: quick ? 500 : 2000,
        }),
        ...(peers ? peersFor(single) : []),
      ],
    },
    {
      name: 'W3p',
      requests: packed,
      limitMs: undefined,
      entries: entriesFor(packed, { sequentialRuns: 1, weir: BUSY, pattern: { readers: 5, computes: 5 } }),
    },
  ];
}

interface Setting {
  readonly readers: number;
  readonly computes: number;
}

/** Not on AWS, and without its list price. */
function peersFor(requests: readonly TimedRequest[]): Entry[] {
  return [
    { system: 'BullMQ, queue per key', requests, run: () => runBullmq(requests, READS_AT_ONCE) },
    { system: 'Restate, object per key', requests, run: () => runRestate(requests, READS_AT_ONCE) },
  ];
}

interface EntryOptions {
  /** 0 if a run would take minutes and its time is known to the millisecond. */
  readonly sequentialRuns: number;
  readonly weir: Setting;
  readonly pattern: Setting;
  /** Number of requests for today's pattern. Default: all. */
  readonly patternRequests?: number;
}

function entriesFor(
  requests: readonly TimedRequest[],
  { sequentialRuns, weir, pattern, patternRequests = requests.length }: EntryOptions,
): Entry[] {
  const few = requests.slice(0, patternRequests);
  const entries: Entry[] = [
    { system: 'weir', requests, run: () => runWeir(requests, { file: PIPELINE, ...weir }) },
    { system: 'aws-pattern', requests: few, run: () => runAwsPattern(few, pattern) },
    { system: 'node async', requests, run: () => runAsync(requests, READS_AT_ONCE) },
  ];
  if (sequentialRuns > 0) {
    entries.push({
      system: 'sequential',
      requests,
      runsMax: sequentialRuns,
      run: () => runSequential(requests),
    });
  }
  if (pythonVersion() !== undefined) {
    entries.push({ system: 'asyncio', requests, run: () => runAsyncio(requests, READS_AT_ONCE) });
  }
  return entries;
}

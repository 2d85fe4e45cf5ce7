/**
 * Computes in closed form how much of each limit a workload uses, in the best case: full batches and the highest settings.
 * A fixed limit that is exceeded here is exceeded with any settings.
 */
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { meanOfLongest, shareAbove } from './distribution.ts';
import { keyLimits } from './hottest-key.ts';
import { type Limit, limitMaker, type MakeLimit } from './limit.ts';
import { type Profile, slowdownOf } from './profile.ts';
import { fifoQueueCalls, quotas } from './quotas.ts';
import { computesInUse, LOAD_MAX, readersInUse, roundMs, type Settings } from './settings.ts';
import { sourceLimits } from './sources.ts';
import {
  itemBytes,
  meanRequestsPerSecond,
  peakRequestsPerSecond,
  shapeOf,
  type Workload,
  writeUnits,
} from './workload.ts';

/** The most useful slots of one reader. With more, its memory and processor are the limit. */
const SLOTS_MAX = 200;
const WRITER_BATCH = 100;

export function headroom(workload: Workload, settings: Settings, profile: Profile, region: string): Limit[] {
  const sustained = Math.max(meanRequestsPerSecond(workload), workload.requestsPerSecond);
  const limit = limitMaker(sustained * workload.readingsPerRequest);
  return [
    ...keyLimits(workload, profile, limit),
    ...queueLimits(workload, sustained, profile, region, limit),
    ...concurrencyLimits(workload, settings, sustained, profile, limit),
    ...writerLimits(workload, sustained, profile, limit),
    ...sourceLimits(workload, sustained, limit),
    ...sizeLimits(workload, profile, limit),
  ].sort((a, b) => b.used / b.limit - a.used / a.limit);
}

function queueLimits(
  workload: Workload,
  sustained: number,
  profile: Profile,
  region: string,
  limit: MakeLimit,
): Limit[] {
  const { messagesPerRequest, readingsPerMessage } = shapeOf(workload);
  const calls = (sustained * messagesPerRequest) / SQS_BATCH_ENTRIES_MAX;
  // At best a batch of ten has one key, if there are more messages than keys in a round.
  const messages = sustained * messagesPerRequest;
  const perRound = (messages / workload.keys) * (roundMs(1, workload, profile) / 1000);
  const perCommit = Math.min(SQS_BATCH_ENTRIES_MAX, Math.max(1, perRound));
  const units = (messages / perCommit) * writeUnits(itemBytes(workload, perCommit * readingsPerMessage));
  const inFlight = sustained * (workload.read.mean / 1000);
  return [
    limit(
      'FIFO calls of the queue',
      calls,
      fifoQueueCalls(region),
      'calls/s',
      'quota',
      'put more readings into one request, or deploy several stacks',
    ),
    limit(
      'requests in flight',
      inFlight,
      quotas.inFlight,
      'messages',
      'quota',
      'shorten the reads, or deploy several stacks',
    ),
    limit(
      'writes of the table',
      units,
      quotas.tableWriteUnits,
      'write units/s',
      'quota',
      'ask AWS to raise it, and warm the table before',
    ),
  ];
}

function settingLimits(
  used: { readonly readers: number; readonly computes: number },
  settings: Settings,
  limit: MakeLimit,
): Limit[] {
  const limits = [
    limit(
      'readersMax',
      used.readers,
      { value: settings.readers, confidence: 'D' },
      'at once',
      'setting',
      'raise readersMax or readsPerInvocation',
    ),
    limit(
      'computesMax',
      used.computes,
      { value: settings.computes, confidence: 'D' },
      'at once',
      'setting',
      'raise computesMax',
    ),
  ];
  return limits.map((each) => ({ ...each, scope: 'settings' }));
}

function concurrencyLimits(
  workload: Workload,
  settings: Settings,
  sustained: number,
  profile: Profile,
  limit: MakeLimit,
): Limit[] {
  const best = readersInUse(sustained, workload, profile, SLOTS_MAX);
  const readers = readersInUse(sustained, workload, profile, settings.readsPerInvocation);
  const computes = computesInUse(sustained, workload, profile);
  const { messagesPerRequest } = shapeOf(workload);
  const invocations = (sustained * messagesPerRequest) / SQS_BATCH_ENTRIES_MAX;
  const allowed = quotas.invocationsPerEnvironment.value * settings.computes;
  return [
    limit(
      `readers, ${SLOTS_MAX} reads in each`,
      best,
      quotas.concurrency,
      'at once',
      'fixed',
      'put more into one request, or deploy several stacks',
    ),
    limit(
      'computes',
      computes,
      quotas.concurrency,
      'at once',
      'fixed',
      'give more memory, or deploy several stacks',
    ),
    ...settingLimits({ readers, computes }, settings, limit),
    {
      ...limit(
        'concurrency of the account',
        concurrencyNeeded(workload, settings, profile) / (workload.part?.share ?? 1),
        quotas.accountConcurrency,
        'at once',
        'quota',
        'ask AWS to raise it',
      ),
      scope: 'account',
    },
    {
      ...limit(
        'invocations per environment',
        invocations,
        { value: allowed, confidence: quotas.invocationsPerEnvironment.confidence },
        'per second',
        'quota',
        'raise computesMax',
      ),
      scope: 'settings',
    },
  ];
}

/** The batches of a shard follow one another. Each has up to a hundred commits and takes as long as the slowest write. */
function writerLimits(workload: Workload, sustained: number, profile: Profile, limit: MakeLimit): Limit[] {
  const { write, outputsPerReading } = workload;
  if (write === undefined || outputsPerReading === 0) return [];
  const { messagesPerRequest, readingsPerMessage } = shapeOf(workload);
  const commits = sustained * messagesPerRequest * Math.min(1, outputsPerReading * readingsPerMessage);
  const batchMs = profile.streamPollMs / 2 + profile.invoke.mean + meanOfLongest(write, WRITER_BATCH);
  const possible = (shardsOf(workload, profile) * WRITER_BATCH * 1000) / batchMs;
  return [
    limit(
      'commits with outputs to write',
      commits,
      { value: possible, confidence: 'D' },
      'commits/s',
      'fixed',
      'emit fewer outputs, or make write quicker',
    ),
  ];
}

function sizeLimits(workload: Workload, profile: Profile, limit: MakeLimit): Limit[] {
  const { messageBytes } = shapeOf(workload);
  const event = SQS_BATCH_ENTRIES_MAX * Math.max(workload.requestBytes, messageBytes);
  const { readTimeoutMs, computeTimeoutMs, memoryMb } = workload.limits;
  const late = shareAbove(workload.read, readTimeoutMs);
  const oneMs = workload.computeMs * slowdownOf(profile, memoryMb);
  return [
    limit(
      'event of ten messages',
      event,
      quotas.eventBytes,
      'bytes',
      'setting',
      'Lambda then gives fewer than ten at once; nothing fails',
      false,
    ),
    limit(
      'reads beyond readTimeoutMs',
      late,
      { value: 0.5, confidence: 'D' },
      'of all',
      'fixed',
      'raise readTimeoutMs',
      false,
    ),
    limit(
      'one computation',
      oneMs,
      { value: computeTimeoutMs, confidence: 'D' },
      'ms',
      'fixed',
      'raise computeTimeoutMs or memoryMb',
      false,
    ),
  ];
}
/** The concurrency for the peak, with some reserve for random variation. */
function concurrencyNeeded(workload: Workload, { readsPerInvocation }: Settings, profile: Profile): number {
  const peak = peakRequestsPerSecond(workload);
  return (
    (readersInUse(peak, workload, profile, readsPerInvocation) + computesInUse(peak, workload, profile)) /
    LOAD_MAX
  );
}

/** Minutes that Lambda takes to scale from its first five batches to this concurrency, at 300 more per minute. */
export function minutesToScale(concurrency: number): number {
  return Math.max(0, concurrency - 5) / quotas.growthPerMinute.value;
}

/** Only the simulation shows how full the send calls are. */
export function sendLimit(workload: Workload, callsPerSecond: number, region: string): Limit {
  const readings = meanRequestsPerSecond(workload) * workload.readingsPerRequest;
  return limitMaker(readings)(
    'FIFO send calls, as simulated',
    callsPerSecond,
    fifoQueueCalls(region),
    'calls/s',
    'quota',
    'raise lingerMs, or put more readings into one request',
  );
}

/** A new table has four partitions, and its stream one shard per partition. More writes need more of them. */
export function shardsOf(workload: Workload, profile: Profile): number {
  if (profile.name === 'local') return 1;
  const units =
    meanRequestsPerSecond(workload) *
    shapeOf(workload).messagesPerRequest *
    writeUnits(itemBytes(workload, 1));
  return Math.max(4, Math.ceil(units / quotas.partitionWriteUnits.value));
}

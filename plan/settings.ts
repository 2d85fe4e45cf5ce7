/**
 * Closed forms: the mean time of a batch of each stage, the number of batches in work at once for a rate, and the settings that
 * follow from these.
 */
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { meanOfLongest } from './distribution.ts';
import { type Profile, slowdownOf } from './profile.ts';
import { peakRequestsPerSecond, shapeOf, type Workload } from './workload.ts';

export interface Settings {
  readonly readers: number;
  readonly readsPerInvocation: number;
  readonly computes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
export const MAPPING_CONCURRENCY_MAX = 1000;
/** Lambda starts with this concurrency, so a lower maximum saves nothing. */
const CONCURRENCY_MIN = 5;
/** The mean share of the settings that is in use. The rest is for random variation. */
export const LOAD_MAX = 0.65;
/** Tried if the pipeline's own value needs more readers than a mapping allows. */
const READS_PER_INVOCATION_MORE = [100, 200];

/** Mean time of a batch of ten requests without pulls, from its receive to its delete. */
export function readerBatchMs(workload: Workload, profile: Profile): number {
  const { receive, invoke, deleteBatch } = profile;
  return (
    receive.mean +
    invoke.mean +
    deleteBatch.mean +
    meanOfLongest(workload.read, SQS_BATCH_ENTRIES_MAX) +
    sendingMs(workload, profile)
  );
}

/** Time from the end of a read until its messages are in the readings queue. */
function sendingMs(workload: Workload, { send, cpu, ...profile }: Profile): number {
  const slowdown = slowdownOf({ send, cpu, ...profile }, workload.limits.memoryMb);
  return (
    workload.limits.lingerMs +
    send.mean +
    slowdown * (cpu.sendMs + SQS_BATCH_ENTRIES_MAX * (cpu.requestMs + shapeOf(workload).foldMs))
  );
}

/** Mean number of readers in work at once. */
export function readersInUse(rate: number, workload: Workload, profile: Profile, slots: number): number {
  const { cpu, send } = profile;
  // The processor limits a reader with many slots before the slots do.
  const busyMs =
    (cpu.requestMs + cpu.sendMs + shapeOf(workload).foldMs) * slowdownOf(profile, workload.limits.memoryMb);
  const slotMs = workload.read.mean + send.mean + sendingMs(workload, profile);
  const perRequestMs =
    slots <= SQS_BATCH_ENTRIES_MAX
      ? readerBatchMs(workload, profile) / slots
      : Math.max(slotMs / slots, busyMs);
  return (rate * perRequestMs) / 1000;
}

/** Processor time of compute for these messages. */
function computeMsOf(messages: number, workload: Workload, profile: Profile): number {
  const own = shapeOf(workload).computeMs + profile.cpu.messageMs;
  return messages * own * slowdownOf(profile, workload.limits.memoryMb);
}

/** Mean time of one round of a group: a batch of its messages is received, folded, committed and deleted. */
export function roundMs(messages: number, workload: Workload, profile: Profile): number {
  const { receive, invoke, deleteBatch } = profile;
  return receive.mean + invoke.mean + deleteBatch.mean + computeBatchMs(messages, 1, workload, profile);
}

/** Mean time of a compute invocation. */
function computeBatchMs(messages: number, groups: number, workload: Workload, profile: Profile): number {
  const slowdown = slowdownOf(profile, workload.limits.memoryMb);
  const busyMs = computeMsOf(messages, workload, profile);
  const commits = Math.max(1, Math.ceil(busyMs / groups / Math.max(1, workload.limits.commitAfterMs)));
  return busyMs + groups * commits * slowdown * profile.cpu.commitMs + commits * profile.put.mean;
}

/** Mean number of computes in work at once, if batches are full and each message has another group. */
export function computesInUse(rate: number, workload: Workload, profile: Profile): number {
  const messages = rate * shapeOf(workload).messagesPerRequest;
  const groups = Math.min(SQS_BATCH_ENTRIES_MAX, workload.keys);
  const { receive, invoke, deleteBatch } = profile;
  const batchMs =
    receive.mean +
    invoke.mean +
    deleteBatch.mean +
    computeBatchMs(SQS_BATCH_ENTRIES_MAX, groups, workload, profile);
  return ((messages / SQS_BATCH_ENTRIES_MAX) * batchMs) / 1000;
}

/** Keeps the given settings and chooses the others for the peak. */
export function chooseSettings(workload: Workload, profile: Profile): Settings {
  const peak = peakRequestsPerSecond(workload);
  const own = workload.readsPerInvocation ?? workload.limits.readsPerInvocation;
  const readsPerInvocation =
    workload.readsPerInvocation ??
    [own, ...READS_PER_INVOCATION_MORE].find(
      (slots) => readersInUse(peak, workload, profile, slots) / LOAD_MAX <= MAPPING_CONCURRENCY_MAX,
    ) ??
    own;
  return {
    readers: workload.readers ?? concurrencyFor(readersInUse(peak, workload, profile, readsPerInvocation)),
    readsPerInvocation,
    computes: workload.computes ?? concurrencyFor(computesInUse(peak, workload, profile)),
  };
}

export function concurrencyFor(inUse: number): number {
  return Math.min(MAPPING_CONCURRENCY_MAX, Math.max(CONCURRENCY_MIN, Math.ceil(inUse / LOAD_MAX)));
}

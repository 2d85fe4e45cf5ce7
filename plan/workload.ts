/** The workload of a pipeline: rates, times and sizes. It is the input of a plan. */
import type { Backfill } from '../functions/backfill.ts';
import { COMPRESSED_FROM_BYTES, defaultLimits, type Limits, MESSAGE_BYTES_MAX } from '../functions/limits.ts';
import type { SourceLimits } from '../functions/source.ts';
import type { Distribution } from './distribution.ts';

export interface Burst {
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Time from the start of one burst to the start of the next. */
  readonly everySeconds: number;
}

/** The part of a workload that the busiest of several stacks has. */
export interface Part {
  readonly stacks: number;
  /** The stack's part of all readings. */
  readonly share: number;
  /** The most frequent key's part of the stack's readings. */
  readonly hottest: number;
}

export interface Workload {
  readonly name: string;
  /** Fields that were not given, with the assumed values. */
  readonly assumed: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly burst: Burst | undefined;
  /** At random times, or all before the start: then every batch is full. */
  readonly arrivals: 'random' | 'backlog';
  readonly readingsPerRequest: number;
  /** Number of keys over which the readings of one request are spread. */
  readonly keysPerRequest: number;
  readonly read: Distribution;
  /** Time for one reading, on one whole processor. */
  readonly computeMs: number;
  /** Time for one partial, on one whole processor; undefined if the pipeline has no `merge`. */
  readonly mergeMs: number | undefined;
  /** Time of a write of the outputs of one commit; undefined if the pipeline has no `write`. */
  readonly write: Distribution | undefined;
  readonly outputsPerReading: number;
  /** Wakes that a reading leads to, on average. */
  readonly wakesPerReading: number;
  readonly keys: number;
  /** Zipf's exponent; 0 if all keys are equally frequent. */
  readonly skew: number;
  readonly order: 'arrival' | 'request';
  /** Number of tenants that the requests name. From 1 on, the requests queue is a fair queue, which costs extra. */
  readonly tenants: number;
  readonly requestBytes: number;
  readonly readingBytes: number;
  readonly stateBytes: number;
  readonly outputBytes: number;
  readonly limits: Limits;
  /** Undefined if the plan is to choose it. */
  readonly readers: number | undefined;
  readonly computes: number | undefined;
  readonly readsPerInvocation: number | undefined;
  /** The pipeline's limits of each source, and how many sources it reads; undefined if that is not known. */
  readonly source?: Pick<SourceLimits, 'rate' | 'concurrency'>;
  readonly sources: number | undefined;
  /** The pipeline's backfill lane, if it has one. It adds a queue that Lambda polls. */
  readonly lane?: Backfill;
  /** The requests of a backfill, and how many are submitted in a second; undefined: as fast as they are read. */
  readonly backfill?: { readonly requests: number; readonly requestsPerSecond: number | undefined };
  /** Set if the other fields describe one of several stacks. */
  readonly part?: Part;
}

/** Fields that affect latency or cost and are not in a pipeline's file. The plan reports which of them it assumed. */
export const assumable = {
  readingsPerRequest: 1,
  keysPerRequest: 1,
  computeMs: 1,
  outputsPerReading: 0,
  keys: 1,
  skew: 0,
  requestBytes: 300,
  readingBytes: 600,
  stateBytes: 1000,
  outputBytes: 200,
} as const;

/** The values of fields that are not given. */
export const defaults = {
  ...assumable,
  wakesPerReading: 0,
  tenants: 0,
  name: 'plan',
  order: 'arrival',
  arrivals: 'random',
  limits: defaultLimits,
} as const;

/** Bytes of a message of readings besides its readings, and of an item besides its state. */
const ENVELOPE_BYTES = 220;
const ITEM_BYTES = 300;
/** Typical records, with field names, times and addresses, compress to a quarter or a fifth (docs/decisions/0033). */
const COMPRESSED_TO = 0.3;
const RECEIPT_BYTES = 12;
/** Mean number of receipts in an item. They move to a page in batches of at least 50. */
const RECEIPTS_HELD = 35;
const KIB = 1024;

export interface Shape {
  readonly messagesPerRequest: number;
  readonly readingsPerMessage: number;
  readonly messageBytes: number;
  /** Time of the user's code on one whole processor: in the reader per request, if it folds; in compute per message. */
  readonly foldMs: number;
  readonly computeMs: number;
}

/**
 * How the readings of a request are packed into messages, and the size of a message in the queue, compressed if it is
 * large.
 */
export function shapeOf(workload: Workload): Shape {
  const { readingsPerRequest, keysPerRequest, readingBytes, computeMs } = workload;
  const perKey = readingsPerRequest / keysPerRequest;
  const roomFor = Math.max(1, Math.floor((MESSAGE_BYTES_MAX - ENVELOPE_BYTES) / readingBytes));
  const chunks = Math.max(1, Math.ceil(perKey / roomFor));
  const readingsPerMessage = perKey / chunks;
  const mergeMs = isFolded(workload, readingsPerMessage) ? workload.mergeMs : undefined;
  const text = mergeMs === undefined ? readingsPerMessage * readingBytes : workload.stateBytes;
  return {
    messagesPerRequest: keysPerRequest * chunks,
    readingsPerMessage,
    messageBytes: Math.ceil(ENVELOPE_BYTES + (text < COMPRESSED_FROM_BYTES ? text : text * COMPRESSED_TO)),
    foldMs: mergeMs === undefined ? 0 : computeMs * readingsPerRequest,
    computeMs: mergeMs ?? computeMs * readingsPerMessage,
  };
}

/** The value of AWS in every profile, so that whether the reader folds does not depend on the profile. */
const MEMORY_PER_CPU_MB = 1769;

/** Whether the reader folds (functions/merge.ts): if it helps and does not take too long on its share of a processor. */
function isFolded(
  { computeMs, readingBytes, stateBytes, limits: { commitAfterMs, memoryMb } }: Workload,
  readings: number,
): boolean {
  const slowdown = Math.max(1, MEMORY_PER_CPU_MB / memoryMb);
  const isQuick = computeMs * readings * slowdown < commitAfterMs;
  return isQuick && readings >= 2 && stateBytes <= readings * readingBytes;
}

export function itemBytes(
  { stateBytes, outputsPerReading, outputBytes }: Workload,
  readings: number,
): number {
  return stateBytes + ITEM_BYTES + RECEIPT_BYTES * RECEIPTS_HELD + readings * outputsPerReading * outputBytes;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / KIB));
}

export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / (4 * KIB)));
}

/** SQS bills every 64 KB of a call as one call. */
export function sqsUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / (64 * KIB)));
}

export function peakRequestsPerSecond({ requestsPerSecond, burst }: Workload): number {
  return Math.max(requestsPerSecond, burst?.requestsPerSecond ?? 0);
}

export function meanRequestsPerSecond({ requestsPerSecond, burst }: Workload): number {
  if (burst === undefined) return requestsPerSecond;
  const share = burst.seconds / burst.everySeconds;
  return burst.requestsPerSecond * share + requestsPerSecond * (1 - share);
}

/** What is asked of a pipeline: how much, how long, how large. Everything that the plan is made from. */
import { COMPRESSED_FROM_BYTES, defaultLimits, type Limits, MESSAGE_BYTES_MAX } from '../functions/limits.ts';
import type { Distribution } from './distribution.ts';

export interface Burst {
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** From the beginning of one to that of the next. */
  readonly everySeconds: number;
}

export interface Workload {
  readonly name: string;
  /** Fields of which nothing was said, and what was taken instead. */
  readonly assumed: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly burst: Burst | undefined;
  readonly readingsPerRequest: number;
  /** Over how many keys the readings of one request are spread. */
  readonly keysPerRequest: number;
  readonly read: Distribution;
  /** For one reading, on one whole processor. */
  readonly computeMs: number;
  /** For one partial, on one whole processor; undefined when the pipeline has no `merge`. */
  readonly mergeMs: number | undefined;
  /** Of the outputs of one commit; undefined when the pipeline has no `write`. */
  readonly write: Distribution | undefined;
  readonly outputsPerReading: number;
  readonly keys: number;
  /** Zipf's exponent: 0 = all keys equally often. */
  readonly skew: number;
  readonly order: 'arrival' | 'request';
  /** How many tenants the requests name; from 1 on the requests queue is a fair one, which has its price. */
  readonly tenants: number;
  readonly requestBytes: number;
  readonly readingBytes: number;
  readonly stateBytes: number;
  readonly outputBytes: number;
  readonly limits: Limits;
  /** Undefined: to be chosen by the plan. */
  readonly readers: number | undefined;
  readonly computes: number | undefined;
  readonly readsPerInvocation: number | undefined;
}

/** What moves latencies or bill, and no pipeline's file says: the plan tells which of these it took by itself. */
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

/** What a workload has that says nothing of it. */
export const defaults = {
  ...assumable,
  tenants: 0,
  name: 'plan',
  order: 'arrival',
  limits: defaultLimits,
} as const;

/** What a message of the readings queue has beside its readings, and an item beside its state. */
const ENVELOPE_BYTES = 220;
const ITEM_BYTES = 300;
/** Of records with names of fields, times and addresses, a quarter to a fifth is left (docs/decisions/0033). */
const COMPRESSED_TO = 0.3;
const RECEIPT_BYTES = 12;
/** On average: they leave for a page in lots of 50. */
const RECEIPTS_HELD = 35;
const KIB = 1024;

export interface Shape {
  readonly messagesPerRequest: number;
  readonly readingsPerMessage: number;
  readonly messageBytes: number;
  /** Of the user's code, on one whole processor: for a request in the reader, which folds where there is `merge`; for a message in compute. */
  readonly foldMs: number;
  readonly computeMs: number;
}

/** How the readings of a request are packed into messages, and how large those are on the queue: compressed, if they are large. */
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

/** Of AWS, the same in every profile: what folds there must be the same wherever it is planned. */
const MEMORY_PER_CPU_MB = 1769;

/** As the reader decides: where it helps, and does not take long on its share of a processor (functions/merge.ts). */
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

/** SQS bills every 64 KB of a call as a call. */
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

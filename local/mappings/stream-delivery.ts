/**
 * Delivers batches of stream records in order, as Lambda does: a failing batch blocks those behind it until
 * it succeeds or is given up. A batch that is given up is kept whole.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
import { randomUUID } from 'node:crypto';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import type { StreamMappingPlan } from '../template/stack-spec.ts';
import { failedOf } from './partial-response.ts';
import { compareSequenceNumbers, type StreamRecord } from './stream-records.ts';

type GiveUpReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface GivenUpBatch {
  readonly records: readonly StreamRecord[];
  readonly reason: GiveUpReason;
  readonly requestId: string;
  readonly invokeCount: number;
}

export interface DeliveryOptions {
  readonly plan: StreamMappingPlan;
  readonly target: LocalFunction;
  readonly onGiveUp: (batch: GivenUpBatch) => void;
  /** Wait before the first retry; doubled for each further one. */
  readonly backoffMs?: number;
  /** Once aborted, a failing batch is not retried. */
  readonly signal: AbortSignal;
}

/** AWS does not document its backoff; these values are within what users report. */
const BACKOFF_MS = 200;
const BACKOFF_MS_MAX = 60_000;

export async function deliverBatch(
  records: readonly StreamRecord[],
  options: DeliveryOptions,
): Promise<void> {
  const { plan, target, onGiveUp, backoffMs = BACKOFF_MS, signal } = options;
  let waiting = records;
  for (let tries = 1; waiting.length > 0 && !signal.aborted; tries += 1) {
    const requestId = randomUUID();
    if (isTooOld(waiting, plan)) {
      return onGiveUp({ records: waiting, reason: 'RecordAgeExceeded', requestId, invokeCount: tries - 1 });
    }
    const result = await target.invoke({ Records: waiting }, requestId);
    const failed = failedOf(
      result,
      waiting.map((record) => record.dynamodb.SequenceNumber),
      plan.partialResponses,
    );
    if (failed.size === 0) return;
    const from = lowestFailed(waiting, failed);
    if (from > 0) {
      // Everything before the lowest failed record is done; the rest is a new batch with its own retries.
      waiting = waiting.slice(from);
      tries = 0;
      await pause(backoffMs, signal);
      continue;
    }
    if (plan.bisect && waiting.length > 1) {
      const middle = Math.ceil(waiting.length / 2);
      await deliverBatch(waiting.slice(0, middle), options);
      return deliverBatch(waiting.slice(middle), options);
    }
    if (plan.retriesMax !== undefined && tries > plan.retriesMax) {
      return onGiveUp({ records: waiting, reason: 'RetryAttemptsExhausted', requestId, invokeCount: tries });
    }
    await pause(Math.min(backoffMs * 2 ** (tries - 1), BACKOFF_MS_MAX), signal);
  }
}

function isTooOld([first]: readonly StreamRecord[], { recordAgeSecondsMax }: StreamMappingPlan): boolean {
  const createdAt = first?.dynamodb.ApproximateCreationDateTime;
  if (recordAgeSecondsMax === undefined || createdAt === undefined) return false;
  return Date.now() / 1000 - createdAt > recordAgeSecondsMax;
}

/**
 * Index of the failed record with the lowest sequence number. Lambda restarts there, even if later records
 * succeeded.
 */
function lowestFailed(records: readonly StreamRecord[], failed: ReadonlySet<string>): number {
  const [lowest] = [...failed].sort(compareSequenceNumbers);
  return Math.max(
    0,
    records.findIndex((record) => record.dynamodb.SequenceNumber === lowest),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}

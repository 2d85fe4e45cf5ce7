/** A dead letter in any of its places: requests and readings in their queues, outputs in the bucket. */

import { decodeMessage } from '../functions/decode-readings.ts';
import { defined } from '../functions/defined.ts';
import { countReadings, type PartialOf } from '../functions/readings.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import type { DeadMessage } from './dead-queue.ts';
import type { FailedBatch } from './failed-outputs.ts';

export const DEAD_PLACES = ['requests', 'readings', 'outputs'] as const;
export type DeadPlace = (typeof DEAD_PLACES)[number];

export interface DeadLetter {
  /** The SQS message id; for outputs, the last part of the object's name. */
  readonly id: string;
  readonly place: DeadPlace;
  /** The stage that gave it up: feed, read, compute, decode or write. */
  readonly stage: string;
  readonly reason: string;
  readonly attempts: number;
  readonly request: string | undefined;
  readonly key: string | undefined;
  /** Number of readings or outputs in it. */
  readonly holds: number;
  /** Set if it holds the partial of a pipeline that merges, instead of the readings. */
  readonly partial?: PartialOf;
  /** Id of the request from which an operator edited this one. */
  readonly editedFrom?: string;
  /**
   * Epoch ms of SQS's clock at which it came to its place. For a message that SQS itself moved from a
   * standard queue, the time at which it was first sent.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  readonly sentAt: number | undefined;
  readonly body: string;
}

const {
  id: ID,
  messageId: MESSAGE_ID,
  stage: STAGE,
  reason: REASON,
  attempts: ATTEMPTS,
  editedFrom: EDITED_FROM,
} = REQUEST_ATTRIBUTES;

export function deadRequestIn(message: DeadMessage): DeadLetter {
  const { messageId, attributes, sentAt, body } = message;
  return {
    id: messageId,
    place: 'requests',
    sentAt,
    body,
    holds: 1,
    key: undefined,
    ...verdictOf(message, 'read'),
    request: attributes[ID] ?? attributes[MESSAGE_ID] ?? messageId,
    ...defined({ editedFrom: attributes[EDITED_FROM] }),
  };
}

export function deadReadingIn(message: DeadMessage): DeadLetter {
  const { messageId, sentAt, body } = message;
  const common = {
    id: messageId,
    place: 'readings' as const,
    sentAt,
    body,
    ...verdictOf(message, 'compute'),
  };
  try {
    const message = decodeMessage(body);
    const { request, key, partial } = message;
    return { ...common, request, key, holds: countReadings(message), ...defined({ partial }) };
  } catch {
    return { ...common, request: undefined, key: undefined, holds: 0 }; // Weir did not write it.
  }
}

export function deadOutputsIn(batch: FailedBatch): DeadLetter {
  const { name, reason, attempts, keys, records } = batch;
  return {
    id: name.split('/').at(-1) ?? name,
    place: 'outputs',
    stage: 'write',
    reason,
    attempts,
    request: undefined,
    key: keys.length === 1 ? keys[0] : undefined,
    holds: records.length,
    sentAt: timeIn(name),
    body: JSON.stringify(records),
  };
}

/** Lambda names a batch after the time (UTC) at which it gave it up: 2026-11-22T16.20.00-<uuid>. */
function timeIn(name: string): number | undefined {
  const [, day, hour, minute, second] = /(\d{4}-\d\d-\d\d)T(\d\d)\.(\d\d)\.(\d\d)-[^/]*$/.exec(name) ?? [];
  const at = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function verdictOf({ attributes }: DeadMessage, stage: string) {
  return {
    stage: attributes[STAGE] ?? stage,
    // A message that SQS itself moved has no reason attribute.
    reason: attributes[REASON] ?? 'SQS moved it here: its function crashed each time, or could not run',
    attempts: Number(attributes[ATTEMPTS] ?? 0),
  };
}

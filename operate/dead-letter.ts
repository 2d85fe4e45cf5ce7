/** What a dead letter is, wherever it lies: requests and readings in their queues, outputs in the bucket. */
import { countReadings, decodeMessage } from '../functions/readings.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import type { DeadMessage } from './dead-queue.ts';
import type { FailedBatch } from './failed-outputs.ts';

export const DEAD_PLACES = ['requests', 'readings', 'outputs'] as const;
export type DeadPlace = (typeof DEAD_PLACES)[number];

export interface DeadLetter {
  /** The SQS message id; for outputs the last part of the object's name. */
  readonly id: string;
  readonly place: DeadPlace;
  /** feed, read, compute, decode, write: where it was given up. */
  readonly stage: string;
  readonly reason: string;
  readonly attempts: number;
  readonly request: string | undefined;
  readonly key: string | undefined;
  /** How many readings or outputs it holds. */
  readonly holds: number;
  /** When it came to where it lies: epoch ms, by SQS's clock. */
  readonly sentAt: number | undefined;
  readonly body: string;
}

const {
  id: ID,
  messageId: MESSAGE_ID,
  stage: STAGE,
  reason: REASON,
  attempts: ATTEMPTS,
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
    const { request, key } = message;
    return { ...common, request, key, holds: countReadings(message) };
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
    sentAt: undefined,
    body: JSON.stringify(records),
  };
}

function verdictOf({ attributes }: DeadMessage, stage: string) {
  return {
    stage: attributes[STAGE] ?? stage,
    // What SQS itself moved here has no reason with it.
    reason: attributes[REASON] ?? 'SQS moved it here: its function crashed each time, or could not run',
    attempts: Number(attributes[ATTEMPTS] ?? 0),
  };
}

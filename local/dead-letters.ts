/** What the dead-letter queues of a run hold, as its report shows it. */
import { decodeMessage } from '../functions/decode-readings.ts';
import { countReadings } from '../functions/readings.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import type { LocalStack } from './local-stack.ts';
import type { DeadLetter } from './report/observed.ts';
import type { SeenMessage } from './storage/stack-queue.ts';

export async function deadLettersOf(stack: Pick<LocalStack, 'list'>): Promise<DeadLetter[]> {
  return [
    ...(await stack.list('RequestsDeadLetterQueue')).map(deadRequest),
    ...(await stack.list('ReadingsDeadLetterQueue')).map(deadReadings),
  ];
}

function deadRequest(message: SeenMessage): DeadLetter {
  const { id, messageId, stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const given = message.attributes;
  return {
    stage: given[stage] ?? 'read',
    reason: given[reason] ?? `SQS gave it up after ${message.receiveCount} receives`,
    attempts: Number(given[attempts] ?? message.receiveCount),
    request: given[id] ?? given[messageId] ?? message.messageId,
  };
}

function deadReadings(message: SeenMessage): DeadLetter {
  const { stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const given = message.attributes;
  return {
    stage: given[stage] ?? 'compute',
    reason: given[reason] ?? `SQS gave it up after ${message.receiveCount} receives`,
    attempts: Number(given[attempts] ?? message.receiveCount),
    ...whatItHolds(message.body),
  };
}

function whatItHolds(body: string): Pick<DeadLetter, 'request' | 'key' | 'readings' | 'wake'> {
  try {
    const message = decodeMessage(body);
    const { kind, request, key } = message;
    return { request, key, readings: countReadings(message), ...(kind === 'wake' ? { wake: true } : {}) };
  } catch {
    return { readings: 0 }; // Not a message of Weir, so it holds no readings.
  }
}

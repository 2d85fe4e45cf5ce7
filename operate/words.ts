/**
 * What an operator says about the state of a key: to forget it, or to set it anew. It travels the readings queue in the
 * key's own group, so it waits its turn behind what was sent to the key before, and the key keeps its one writer.
 */
import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { systemClock } from '../functions/aws/clock.ts';
import { type EncodedMessage, forgetMessage, type ResetTo, resetMessage } from '../functions/readings.ts';
import { type KeyItem, padSequenceNumber } from '../functions/state.ts';
import type { Deployment } from './deployment.ts';
import { loadItem, storeOf } from './keys.ts';

/**
 * `done`: it is in the state. `refused`: the key has heard it and did not obey; the reason is in the dead-letter queue.
 * `sent`: it was not waited for, or it took longer.
 */
export interface Said {
  readonly outcome: 'done' | 'refused' | 'sent';
  readonly id: string;
  readonly after: KeyItem | undefined;
}

export interface SayOptions {
  /** Sent again under the same id it is one word. */
  readonly id?: string;
  /** How long to wait for the effect; 0: not at all. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export async function forget(
  deployment: Deployment,
  key: string,
  reason: string,
  options: SayOptions,
): Promise<Said> {
  const { id = randomUUID() } = options;
  return say(deployment, forgetMessage(key, reason, id), { ...options, id });
}

/** Throws where there is no such key. Without a `stateVersion` the state has that of the key's own. */
export async function reset(
  deployment: Deployment,
  key: string,
  to: Pick<ResetTo, 'state'> & Partial<ResetTo>,
  reason: string,
  options: SayOptions,
): Promise<Said> {
  const { id = randomUUID() } = options;
  const { stateVersion } = await loadItem(deployment, key);
  return say(deployment, resetMessage(key, { stateVersion, ...to }, reason, id), { ...options, id });
}

const LOOK_EVERY_MS = 250;

async function say(
  deployment: Deployment,
  message: EncodedMessage,
  { id, waitMs, signal }: SayOptions & { readonly id: string },
): Promise<Said> {
  const sequenceNumber = await sendWord(deployment, message);
  const store = storeOf(deployment);
  const until = systemClock.now() + waitMs;
  let after: KeyItem | undefined;
  while (systemClock.now() < until && !signal.aborted) {
    after = await store.load(message.key);
    if (after?.history.some((entry) => entry.id === id)) return { outcome: 'done', id, after };
    // At or above the word's own number the key has heard it.
    if (after !== undefined && after.sequenceNumber >= sequenceNumber)
      return { outcome: 'refused', id, after };
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
  return { outcome: 'sent', id, after };
}

/** Returns the number that SQS gave it. */
async function sendWord(
  { sqs, readingsQueue }: Deployment,
  { body, group, deduplicationId }: EncodedMessage,
): Promise<string> {
  const { SequenceNumber = '0' } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: readingsQueue,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId,
    }),
  );
  return padSequenceNumber(SequenceNumber);
}

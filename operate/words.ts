/**
 * An operator's words about the state of a key: forget it, or set it. A word goes through the readings queue
 * in the key's group, so it takes effect after everything sent to the key before it, and the key keeps its
 * single writer.
 */
import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { systemClock } from '../functions/aws/clock.ts';
import { forgetMessage, resetMessage } from '../functions/commands.ts';
import type { EncodedMessage, ResetTo } from '../functions/readings.ts';
import { type KeyItem, padSequenceNumber } from '../functions/state.ts';
import type { Deployment } from './deployment.ts';
import { loadItem, storeOf } from './keys.ts';

/**
 * `done`: the state shows the effect. `refused`: the key processed the word and refused it; the reason is in
 * the dead-letter queue. `sent`: the command did not wait, or the wait was too short.
 */
export interface Said {
  readonly outcome: 'done' | 'refused' | 'sent';
  readonly id: string;
  readonly after: KeyItem | undefined;
}

export interface SayOptions {
  /** A word that is sent again with the same id takes effect once. */
  readonly id?: string;
  /** Ms to wait for the effect; 0: do not wait. */
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

/**
 * Throws if the key does not exist. Without a `stateVersion`, the state has the version of the key's current
 * state.
 */
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
    // A sequence number at or above the word's own means that the key has processed the word.
    if (after !== undefined && after.sequenceNumber >= sequenceNumber)
      return { outcome: 'refused', id, after };
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
  return { outcome: 'sent', id, after };
}

/** Returns the sequence number that SQS assigned. */
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

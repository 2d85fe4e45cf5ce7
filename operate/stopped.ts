/**
 * Keys that stopped because compute threw on a reading and the pipeline says `poison: 'stop'`. An operator's
 * word to a key goes through the readings queue in the key's group, so the key keeps its single writer, and
 * the word takes effect after everything sent to the key before it.
 */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { systemClock } from '../functions/aws/clock.ts';
import { controlMessage } from '../functions/commands.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { receiptOf } from '../functions/message-ids.ts';
import type { PartialOf } from '../functions/readings.ts';
import { type KeyItem, padSequenceNumber, type Stopped } from '../functions/state.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';
import { loadItem, storeOf } from './keys.ts';

export interface StoppedKey {
  readonly item: KeyItem;
  readonly stopped: Stopped;
  /**
   * The reading on which compute threw, or the partial on which merge threw; undefined if its message is not
   * found among the parked ones.
   */
  readonly culprit:
    | {
        readonly request: string;
        readonly reading: unknown;
        /** Set if the key merges: `reading` is then the state that these readings alone make. */
        readonly partial: PartialOf | undefined;
        readonly sentAt: number;
      }
    | undefined;
}

export async function showStopped(deployment: Deployment, key: string): Promise<StoppedKey> {
  const item = await loadItem(deployment, key);
  const { stopped } = item;
  if (stopped === undefined) {
    throw new OperatorError(
      `key ${JSON.stringify(key)} is not stopped; "weir stopped list" names those that are`,
    );
  }
  const parked = await storeOf(deployment).parked(key, item.lineage, '', PARKED_MAX);
  for (const { body, sentAt } of parked) {
    const message = decodeMessage(body);
    if (receiptOf(message) !== stopped.receipt) continue;
    const { request, partial, readings } = message;
    return { item, stopped, culprit: { request, reading: readings[stopped.index], partial, sentAt } };
  }
  return { item, stopped, culprit: undefined };
}

/**
 * The failed message was the first to be parked. In request order, earlier ones may have been parked before
 * it.
 */
const PARKED_MAX = 100;

export type Word = 'resume' | 'skip';

/**
 * `running`: the key was not stopped. `resumed`: everything parked for it is applied or waits for its place.
 * `stopped`: it continued and stopped again. `sent`: the command did not wait, or the wait was too short.
 */
export interface Steered {
  readonly outcome: 'running' | 'resumed' | 'stopped' | 'sent';
  readonly before: KeyItem;
  readonly after: KeyItem;
}

export interface SteerOptions {
  /** Ms to wait for the effect; 0: do not wait. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 250;
/**
 * Messages that stay parked this long (ms) without a commit wait for their place in the sequence, not for the
 * operator.
 */
const QUIET_MS = 3_000;

export async function steer(
  deployment: Deployment,
  key: string,
  word: Word,
  { waitMs, signal }: SteerOptions,
): Promise<Steered> {
  const before = await loadItem(deployment, key);
  if (before.stopped === undefined) return { outcome: 'running', before, after: before };
  const sequenceNumber = await say(deployment, before, before.stopped, word);
  const until = systemClock.now() + waitMs;
  let after = before;
  let { version } = before;
  let movedAt = systemClock.now();
  while (systemClock.now() < until && !signal.aborted) {
    after = await loadItem(deployment, key);
    // A sequence number at or above the word's own means that the key has processed the word.
    const heard = after.sequenceNumber >= sequenceNumber || after.stopped === undefined;
    if (heard && after.stopped !== undefined) return { outcome: 'stopped', before, after };
    if (after.version !== version) [version, movedAt] = [after.version, systemClock.now()];
    const quiet = after.parked === 0 || systemClock.now() - movedAt > QUIET_MS;
    if (heard && quiet) return { outcome: 'resumed', before, after };
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
  return { outcome: 'sent', before, after };
}

/**
 * The id names the stop and the item's version: repeated for the same stop it is one message; after the key
 * has changed it is another.
 */
async function say(deployment: Deployment, item: KeyItem, stopped: Stopped, word: Word): Promise<string> {
  const id = `operator/${item.lineage}/${item.version}/${stopped.receipt}/${stopped.index}`;
  const { body, group, deduplicationId } = controlMessage(item.key, word, stopped, id);
  const { SequenceNumber = '0' } = await deployment.sqs.send(
    new SendMessageCommand({
      QueueUrl: deployment.readingsQueue,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId,
    }),
  );
  return padSequenceNumber(SequenceNumber);
}

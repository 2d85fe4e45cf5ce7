/** The messages that an operator's commands and schedules put on the readings queue. */
import { encodeEnvelope, envelopeOf } from './encode-readings.ts';
import { encodeJson } from './json.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import type {
  EncodedMessage,
  ReadingsMessage,
  ResetTo,
  StopPlace,
  WakeReading,
  WordKind,
} from './readings.ts';
import type { WakeSchedule } from './state.ts';

/**
 * An operator's command for a stopped key. `id` distinguishes it from earlier commands. The command names the stop that the
 * operator saw, so that a late or redriven command does not skip a reading that the operator did not see.
 */
export function controlMessage(
  key: string,
  kind: 'resume' | 'skip',
  { receipt, index }: StopPlace,
  id: string,
): EncodedMessage {
  return wordMessage(key, kind, { stop: { receipt, index } }, id);
}

/**
 * Removes the state, the parked messages and the copies of dead letters of the key. With the same `id` it is one command,
 * even if it is sent again.
 */
export function forgetMessage(key: string, reason: string, id: string): EncodedMessage {
  return wordMessage(key, 'forget', { reason }, id);
}

/**
 * Replaces the state, in order with the messages of the key. With the same `id` it is one command, even if it is sent
 * again.
 */
export function resetMessage(key: string, to: ResetTo, reason: string, id: string): EncodedMessage {
  return wordMessage(key, 'reset', { reason, to }, id);
}

/** Migrates the key to the newest version of its state, if necessary. A second one has no effect. */
export function migrateMessage(key: string, id: string): EncodedMessage {
  return wordMessage(key, 'migrate', {}, id);
}

/**
 * The message that a schedule sends to the readings queue. A second one has no effect: the item knows which wake it waits
 * for.
 */
export function wakeMessage(key: string, { id, tag, at }: WakeSchedule): EncodedMessage {
  const readings = [encodeJson({ tag, at } satisfies WakeReading, 'a wake')];
  const envelope = envelopeOf({ id, since: at }, key, 0, 1, fingerprint(readings));
  return {
    key,
    body: encodeEnvelope({ ...envelope, kind: 'wake' }, readings),
    group: groupOf(key),
    deduplicationId: id,
    readings: 1,
  };
}

function wordMessage(
  key: string,
  kind: WordKind,
  about: Pick<ReadingsMessage, 'stop' | 'reason' | 'to'>,
  id: string,
): EncodedMessage {
  // `since` is 0, so that a command is looked up among all receipts.
  const envelope = envelopeOf({ id, since: 0 }, checkKey(key, 'the key'), 0, 1, fingerprint([]));
  return {
    key,
    body: encodeEnvelope({ ...envelope, kind, ...about }, []),
    group: groupOf(key),
    deduplicationId: hashOf(id, key, kind),
    readings: 0,
  };
}

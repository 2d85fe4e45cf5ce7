/** Makes the items of readings and messages that go to the readings' dead-letter queue. */
import { decodeMessage } from '../decode-readings.ts';
import { singleReading, wholeMessage } from '../encode-readings.ts';
import { countReadings, type EncodedMessage } from '../readings.ts';
import type { DeadReading } from '../state-store.ts';
import type { Arrival } from './arrival.ts';
import { addDead, type Draft } from './draft.ts';
import { noteDelivery } from './proof.ts';

/** One reading of a message. It is decoded from the body, because compute may have changed the object before it threw. */
export function deadReading(arrival: Arrival, index: number, reason: string): DeadReading {
  const { body, messageId } = arrival;
  return dead(arrival, singleReading(decodeMessage(body), index, messageId), reason);
}

/** Sets the whole message aside. It is tried again when it is redriven. */
export function setAsideWhole(draft: Draft, arrival: Arrival, reason: string): void {
  addDead(draft, deadMessage(arrival, reason), countReadings(arrival.message));
  noteDelivery(draft, arrival);
}

function deadMessage(arrival: Arrival, reason: string): DeadReading {
  const { body, messageId } = arrival;
  return dead(arrival, wholeMessage(arrival.message, body, messageId), reason);
}

function dead(
  { attempts, sentAt }: Arrival,
  { key, body, group, deduplicationId: id }: EncodedMessage,
  reason: string,
): DeadReading {
  return {
    key,
    id,
    body,
    group,
    reason,
    stage: 'compute',
    attempts,
    sentAt,
  };
}

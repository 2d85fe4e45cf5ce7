/** Whether a message has taken effect. */
import { nextOf } from './check-order.ts';
import { isDealt, isSettled, type KeyFacts, stopOf } from './facts.ts';
import { deliveryReceipt, type MessageFacts } from './message-facts.ts';

/** Of what is parked it is too early to say so. */
export function hasTakenEffect(
  facts: KeyFacts,
  message: MessageFacts,
  messageId: string,
  invocation: string,
): boolean {
  const { kind, single, slots, place, about, receipt } = message;
  if (kind === 'forget' || kind === 'reset') return facts.receipts.has(receipt);
  if (kind === 'wake') return true; // That one which is due never came is told at rest.
  if (kind === 'migrate') return true; // What it is to do is asked for at rest.
  // Heard by a commit, or said of a stop that is over, or that only came behind it in its batch.
  if (about !== undefined) {
    if (facts.receipts.has(deliveryReceipt(messageId)) || stopOf(facts.item) !== about) return true;
    return facts.stops.madeBy === invocation;
  }
  if (kind === 'tombstone') return nextOf(facts.item).sequence > place.sequence;
  if (slots.length === 0 && place.sequence > 0) return nextOf(facts.item).sequence > place.sequence;
  return single ? slots.every(({ slot }) => isDealt(facts, slot)) : isSettled(facts, message);
}

/** Whether a message has taken effect. */
import { nextOf } from './check-order.ts';
import { isDealt, isSettled, type KeyFacts, stopOf } from './facts.ts';
import { deliveryReceipt, type MessageFacts } from './message-facts.ts';

/** False for a parked message, which has not taken effect yet. */
export function hasTakenEffect(
  facts: KeyFacts,
  message: MessageFacts,
  messageId: string,
  invocation: string,
): boolean {
  const { kind, single, slots, place, about, receipt } = message;
  if (kind === 'forget' || kind === 'reset') return facts.receipts.has(receipt);
  if (kind === 'wake') return true; // A due wake that never came is found at rest.
  if (kind === 'migrate') return true; // The effect is checked at rest.
  // A commit processed it, or its stop is over, or it came after the stop's end in the same batch.
  if (about !== undefined) {
    if (facts.receipts.has(deliveryReceipt(messageId)) || stopOf(facts.item) !== about) return true;
    return facts.stops.madeBy === invocation;
  }
  if (kind === 'tombstone') return nextOf(facts.item).sequence > place.sequence;
  if (slots.length === 0 && place.sequence > 0) return nextOf(facts.item).sequence > place.sequence;
  return single ? slots.every(({ slot }) => isDealt(facts, slot)) : isSettled(facts, message);
}

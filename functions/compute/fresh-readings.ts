import { decodeMessage, type ReadingsMessage } from '../readings.ts';
import type { Arrival } from './verdict.ts';

/** Messages whose readings compute was given. */
const given = new WeakSet<ReadingsMessage>();

/**
 * A state may take readings in as they are and change them with itself, so they serve for one fold only. Whatever
 * the next one is made for (a conflict, an outage, a poison reading, a cut), it gets readings as they were sent.
 */
export function withFreshReadings({ message, incoming }: Arrival): ReadingsMessage {
  if (given.has(message)) return decodeMessage(incoming.body);
  given.add(message);
  return message;
}

/**
 * Finds the first recorded reading after which a condition holds for a key's state, by folding the readings
 * one by one in memory.
 */
import { fromQueue } from '../functions/compute/arrival.ts';
import { decodeMessage, wakeIn } from '../functions/decode-readings.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { stateOf } from '../functions/state.ts';
import type { Recorded } from './recording.ts';
import { type Folded, takeIn } from './replay-key.ts';
import type { Where } from './where.ts';

export interface Bisected {
  /** Number of readings of the key that were folded. */
  readonly readings: number;
  /** Undefined: the condition holds after no reading. */
  readonly first: FirstReading | undefined;
}

export interface FirstReading {
  /** The request as recorded, and the number of the reading among the key's readings, from 1. */
  readonly request: string;
  readonly number: number;
  /** The reading as recorded; for a wake, its tag. */
  readonly reading: unknown;
  /** The state before the reading; undefined before the first one. */
  readonly before: unknown;
  readonly after: unknown;
}

export async function bisect(
  pipeline: Pipeline,
  key: string,
  recording: AsyncIterable<Recorded>,
  holds: Where,
): Promise<Bisected> {
  let readings = 0;
  let first: FirstReading | undefined;
  let before: unknown;
  let place = 0; // Index in its message.
  let messageId = '';
  const folded: Folded = {
    item: undefined,
    problem: undefined,
    onReading(item, arrival) {
      place = arrival.messageId === messageId ? place + 1 : 0;
      messageId = arrival.messageId;
      readings += 1;
      const after = stateOf(item);
      if (first === undefined && after !== undefined && holds(after)) {
        // Decoded again: compute may have changed the reading that it was given.
        const message = decodeMessage(arrival.body);
        const reading = message.kind === 'wake' ? wakeIn(message).tag : message.readings[place];
        first = { request: message.request, number: readings, reading, before, after };
      }
      before = after;
    },
  };
  for await (const { key: of, message } of recording) {
    if (of !== key) continue;
    takeIn(pipeline, key, folded, fromQueue(message, decodeMessage(message.body)));
    if (first !== undefined) break;
  }
  return { readings, first };
}

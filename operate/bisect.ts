/** The first recorded reading after which a condition holds for the state of a key: folded one by one, in memory. */
import { fromQueue } from '../functions/compute/arrival.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { decodeMessage, wakeIn } from '../functions/readings.ts';
import { stateOf } from '../functions/state.ts';
import type { Recorded } from './recording.ts';
import { type Folded, takeIn } from './replay-key.ts';
import type { Where } from './where.ts';

export interface Bisected {
  /** How many readings of the key were folded. */
  readonly readings: number;
  /** Undefined: it holds after none. */
  readonly first: FirstReading | undefined;
}

export interface FirstReading {
  /** The request as it was recorded, and the number of the reading among all of the key, from 1. */
  readonly request: string;
  readonly number: number;
  /** What was recorded; of a wake its tag. */
  readonly reading: unknown;
  /** Undefined before the first reading. */
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
  let place = 0; // Among the readings of its message.
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
        // As it was recorded: compute may have changed what it was given.
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

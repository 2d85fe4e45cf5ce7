/**
 * The content of a dead letter, for a person who asked to see it. It must not go into a log, a metric or a
 * reason.
 */

import { decodeMessage } from '../functions/decode-readings.ts';
import { keepNegativeZero } from '../functions/json-source.ts';
import type { PartialOf, ReadingsMessage } from '../functions/readings.ts';
import type { DeadLetter } from './dead-letter.ts';

export interface Content {
  /** A description such as "the partial of 12 readings". */
  readonly title: string;
  /** JSON if the sender wrote JSON. */
  readonly text: string;
}

export function contentOf({ place, body }: Pick<DeadLetter, 'place' | 'body'>): Content {
  if (place === 'requests') return { title: 'the request', text: body };
  if (place === 'outputs') return { title: 'the records of the stream', text: body };
  const message = readingsIn(body);
  if (message === undefined) return { title: 'the message', text: body };
  const { readings, partial } = message;
  const [first] = readings;
  const shown = readings.length === 1 ? first : readings;
  return {
    title: titleOf({ partial }, readings.length),
    text: JSON.stringify(shown, keepNegativeZero),
  };
}

/** A partial replaces the readings that were folded into it, and is not a reading itself. */
export function titleOf({ partial }: { readonly partial: PartialOf | undefined }, readings = 1): string {
  if (partial !== undefined) return `the partial of ${partial.count} readings`;
  return readings === 1 ? 'the reading' : `the ${readings} readings`;
}

/** Undefined for a message without readings, or one that Weir did not write. */
function readingsIn(body: string): ReadingsMessage | undefined {
  try {
    const message = decodeMessage(body);
    return message.readings.length === 0 ? undefined : message;
  } catch {
    return undefined;
  }
}

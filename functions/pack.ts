/**
 * Packs the readings of a request into messages for the readings queue. A message never holds readings of two requests,
 * because its ids name one request: if that one is a repeat, the readings of the other would be dropped with it.
 *
 * Every message holds the number of messages and the fingerprint of all readings of its key, so packing starts after the last
 * reading. Until then the readings are kept as text. The messages are then made one by one while they are sent.
 */

import { encodeEnvelope, encodePacked, encodePartial, envelopeOf } from './encode-readings.ts';
import { PermanentError } from './errors.ts';
import { tooManyReadings } from './given.ts';
import { encodeJson } from './json.ts';
import { MESSAGE_BYTES_MAX, READINGS_PER_REQUEST_MAX } from './limits.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import type { EncodedMessage, Origin, PartialState } from './readings.ts';
import { quoted } from './shorten.ts';
import { createTexts, type Texts } from './texts.ts';

/** Collects the readings of one request as they come. */
export interface Collection {
  readonly readings: number;
  /** Estimated memory of the readings, in bytes. */
  readonly bytes: number;
  /** Throws a PermanentError if the value cannot be a reading, or if its key is invalid. */
  add(reading: unknown): void;
  /** The messages of each key, in order, as few as their size allows. Call this after the last reading. */
  pack(origin: Origin, foldPartial?: FoldPartial): Map<string, Iterable<EncodedMessage>>;
}

/** Folds the readings of one message. Returns undefined if they are to be sent themselves. */
export type FoldPartial = (
  of: { readonly key: string; readonly request: string },
  readings: readonly string[],
) => PartialState | undefined;

export function collectReadings(keyOf: (reading: unknown) => string): Collection {
  const byKey = new Map<string, Texts>();
  let readings = 0;
  let bytes = 0;
  return {
    get readings() {
      return readings;
    },
    get bytes() {
      return bytes;
    },
    add(reading) {
      readings += 1;
      if (readings > READINGS_PER_REQUEST_MAX) throw tooManyReadings();
      const text = encodeJson(reading, `reading ${readings} of the request`);
      const key = checkKey(keyOf(reading), `the key of reading ${readings}`);
      const known = byKey.get(key);
      const texts = known ?? createTexts();
      if (known === undefined) byKey.set(key, texts);
      bytes += texts.add(text) + (known === undefined ? KEY_OVERHEAD_BYTES + key.length : 0);
    },
    pack(origin, foldPartial) {
      return new Map([...byKey].map(([key, texts]) => [key, packKey(origin, key, texts, foldPartial)]));
    },
  };
}

/** Estimated memory of a key besides its readings. */
const KEY_OVERHEAD_BYTES = 200;

/** Packs a complete list of readings. */
export function packReadings(
  origin: Origin,
  readings: Iterable<unknown>,
  keyOf: (reading: unknown) => string,
  foldPartial?: FoldPartial,
): Map<string, EncodedMessage[]> {
  const collection = collectReadings(keyOf);
  for (const reading of readings) collection.add(reading);
  return new Map([...collection.pack(origin, foldPartial)].map(([key, messages]) => [key, [...messages]]));
}

/** A message without readings, for a request of a sequence that gave none or never will. */
export function emptyMessage(origin: Origin, key: string, kind: 'readings' | 'tombstone'): EncodedMessage {
  const envelope = envelopeOf(origin, checkKey(key, 'the key of the request'), 0, 1, fingerprint([]));
  return {
    key,
    body: encodeEnvelope({ ...envelope, kind }, []),
    group: groupOf(key),
    deduplicationId: hashOf(origin.id, key, kind === 'tombstone' ? kind : '0'),
    readings: 0,
  };
}

/** Decides at once where each message of a key ends, and makes each message when it is asked for. */
function packKey(
  origin: Origin,
  key: string,
  texts: Texts,
  foldPartial?: FoldPartial,
): Iterable<EncodedMessage> {
  const read = fingerprint(texts);
  // Sizes are measured without compression, so that a message fits an item uncompressed and its end does not depend on the
  // build. It must not depend on the chain either.
  const { chain: _, traceparent: _parent, tracestate: _state, ...plain } = origin;
  const empty = encodeEnvelope(envelopeOf(plain, key, texts.count, texts.count, read), []);
  const room = MESSAGE_BYTES_MAX - Buffer.byteLength(empty);
  const sizes = cut(texts, room, key);
  return {
    *[Symbol.iterator]() {
      let index = 0;
      let chunk: string[] = [];
      for (const text of texts) {
        chunk.push(text);
        if (chunk.length < (sizes[index] ?? 0)) continue;
        const envelope = envelopeOf(origin, key, index, sizes.length, read);
        const partial = foldPartial?.({ key, request: origin.id }, chunk);
        yield {
          key,
          body: (partial && encodePartial(envelope, partial, chunk)) ?? encodePacked(envelope, chunk),
          group: groupOf(key),
          deduplicationId: hashOf(origin.id, key, String(index)),
          readings: chunk.length,
        };
        index += 1;
        chunk = [];
      }
    },
  };
}

/** The number of readings in each message. */
function cut(texts: Texts, room: number, key: string): number[] {
  const sizes: number[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > room) {
      throw new PermanentError(
        `a reading of ${bytes - 1} bytes for key ${quoted(key)}: at most ${room - 1} are allowed; ` +
          'store it elsewhere and let the reading name the place',
      );
    }
    if (used + bytes > room) {
      sizes.push(0);
      used = 0;
    }
    sizes[sizes.length - 1] = (sizes.at(-1) ?? 0) + 1;
    used += bytes;
  }
  return sizes;
}

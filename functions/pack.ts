/**
 * Packs the readings of a request into messages for the readings queue. Packing never crosses requests: a message named
 * after its first request would be dropped with the others in it.
 *
 * Every message holds the number of messages and the fingerprint of all readings of its key, so packing begins after the
 * last reading. Until then the readings are kept as text, and messages are made one by one while they are sent.
 */
import { PermanentError } from './errors.ts';
import { tooManyReadings } from './given.ts';
import { encodeJson } from './json.ts';
import { MESSAGE_BYTES_MAX, READINGS_PER_REQUEST_MAX } from './limits.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import {
  type EncodedMessage,
  encodeEnvelope,
  encodePacked,
  encodePartial,
  envelopeOf,
  type Origin,
  type PartialState,
} from './readings.ts';
import { quoted } from './shorten.ts';
import { createTexts, type Texts } from './texts.ts';

/** The readings of one request as they come. */
export interface Collection {
  readonly readings: number;
  /** What they take as text, what it takes to keep them included. */
  readonly bytes: number;
  /** Throws a PermanentError for what cannot be a reading, or has no key. */
  add(reading: unknown): void;
  /** The messages of each key, in order, as few as their size allows. To be called when the last reading is in. */
  pack(origin: Origin, foldPartial?: FoldPartial): Map<string, Iterable<EncodedMessage>>;
}

/** Folds the readings of one message; undefined where they are to be sent as they are. */
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

/** What a key takes beside its readings. */
const KEY_OVERHEAD_BYTES = 200;

/** Packs readings that are all there. */
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

/** A message without readings: a request of a sequence that gave none, or never will. */
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

/** Where the messages of a key end is known at once, each is made when it is asked for. */
function packKey(
  origin: Origin,
  key: string,
  texts: Texts,
  foldPartial?: FoldPartial,
): Iterable<EncodedMessage> {
  const read = fingerprint(texts);
  // Cut as if nothing were compressed: where a message ends must not change with a build, and whole it must fit an item.
  const { chain: _, ...plain } = origin; // Nor with what led to the request.
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

/** How many readings each message holds. */
function cut(texts: Texts, room: number, key: string): number[] {
  const sizes: number[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > room) {
      throw new PermanentError(
        `a reading of ${bytes - 1} bytes for key ${quoted(key)}: ${room - 1} bytes is the most, ` +
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

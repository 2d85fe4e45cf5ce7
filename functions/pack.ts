/**
 * Packs what a request's read gave into messages for the readings queue.
 * Packing never crosses requests: a message named after its first request would be dropped with the others in it.
 */
import { PermanentError } from './errors.ts';
import { encodeJson } from './json.ts';
import { MESSAGE_BYTES_MAX, READINGS_PER_REQUEST_MAX } from './limits.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import { type EncodedMessage, encodeEnvelope, envelopeOf, type Origin } from './readings.ts';
import { quoted } from './shorten.ts';

/** Packs the readings of one request, in order, into as few messages for each key as the size allows. */
export function packReadings(
  origin: Origin,
  readings: Iterable<unknown>,
  keyOf: (reading: unknown) => string,
): Map<string, EncodedMessage[]> {
  const texts = new Map<string, string[]>();
  let count = 0;
  for (const reading of readings) {
    count += 1;
    if (count > READINGS_PER_REQUEST_MAX) {
      throw new PermanentError(
        `the read gave more than ${READINGS_PER_REQUEST_MAX} readings; split the request`,
      );
    }
    const text = encodeJson(reading, `reading ${count} of the request`);
    const key = checkKey(keyOf(reading), `the key of reading ${count}`);
    const list = texts.get(key);
    if (list === undefined) texts.set(key, [text]);
    else list.push(text);
  }
  const messages = new Map<string, EncodedMessage[]>();
  for (const [key, list] of texts) messages.set(key, packKey(origin, key, list));
  return messages;
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

function packKey(origin: Origin, key: string, texts: readonly string[]): EncodedMessage[] {
  const read = fingerprint(texts);
  const encode = (chunk: number, of: number, readings: readonly string[]) =>
    encodeEnvelope(envelopeOf(origin, key, chunk, of, read), readings);
  const room = MESSAGE_BYTES_MAX - Buffer.byteLength(encode(texts.length, texts.length, []));
  const chunks: string[][] = [];
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
      chunks.push([]);
      used = 0;
    }
    chunks.at(-1)?.push(text);
    used += bytes;
  }
  return chunks.map((chunk, index) => ({
    key,
    body: encode(index, chunks.length, chunk),
    group: groupOf(key),
    deduplicationId: hashOf(origin.id, key, String(index)),
    readings: chunk.length,
  }));
}

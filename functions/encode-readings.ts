/** Encodes messages of the readings queue, and makes messages from other messages. */
import { compress } from './compressed.ts';
import { defined } from './defined.ts';
import { encodeJson } from './json.ts';
import { DEDUPLICATION_WINDOW_MS } from './limits.ts';
import { groupOf, hashOf } from './message-ids.ts';
import {
  CHAINED_FORMAT,
  COMPRESSED_FORMAT,
  countReadings,
  type EncodedMessage,
  FORMAT_OF_KIND,
  type Origin,
  PARTIAL_FORMAT,
  type PartialState,
  type ReadingsMessage,
} from './readings.ts';

export function envelopeOf(origin: Origin, key: string, chunk: number, of: number, read: string): Envelope {
  const { id: request, since, sequence, start, follows, chain, traceparent, tracestate } = origin;
  return {
    kind: 'readings',
    request,
    since,
    key,
    chunk,
    of,
    read,
    ...defined({ sequence, start, follows, chain, traceparent, tracestate }),
  };
}

export function encodeEnvelope({ kind, ...envelope }: Envelope, readings: readonly string[]): string {
  // `readings` is the kind of nearly all messages, so it is left out.
  const head = encodeJson(
    {
      v: formatOf({ kind, ...envelope }, FORMAT_OF_KIND[kind]),
      ...(kind === 'readings' ? {} : { kind }),
      ...envelope,
    },
    'message',
  );
  return `${head.slice(0, -1)},"readings":[${readings.join(',')}]}`;
}

/** Encodes the message with compressed readings if that is smaller. Its ids are the same either way. */
export function encodePacked(envelope: Envelope, readings: readonly string[]): string {
  const packed = compress(`[${readings.join(',')}]`);
  if (packed === undefined) return encodeEnvelope(envelope, readings);
  const { kind: _, ...rest } = envelope;
  const v = formatOf(envelope, COMPRESSED_FORMAT);
  return encodeJson({ v, ...rest, packed }, 'message');
}

/**
 * Encodes a partial in place of the readings that it was folded from. The message has the same ids either way, so if one form
 * is applied, the other is its repeat. Undefined if the partial is larger than the readings, which are then sent themselves.
 */
export function encodePartial(
  envelope: Envelope,
  { state, stateVersion }: PartialState,
  readings: readonly string[],
): string | undefined {
  const own = { ...envelope, partial: { count: readings.length, stateVersion } };
  const isLarger = sizeOf(own, [state]) > sizeOf(envelope, readings);
  return isLarger ? undefined : encodePacked(own, [state]);
}

/**
 * A single reading that could not be applied, as a message for the dead-letter queue. `messageId` is the SQS message that it
 * comes from. If the reading is set aside again after a redrive, it is a new dead letter, which the queue must not drop.
 */
export function singleReading(message: ReadingsMessage, index: number, messageId: string): EncodedMessage {
  const { readings, ...envelope } = message;
  const first = message.index === undefined;
  const since = first ? asSuspect(message.since) : message.since;
  const own = { ...envelope, since, index: message.index ?? index };
  const text = encodeJson(readings[index], 'reading');
  return {
    key: message.key,
    body: encodeEnvelope(own, [text]),
    group: groupOf(message.key),
    deduplicationId: hashOf(
      message.request,
      message.key,
      String(message.chunk),
      String(own.index),
      messageId,
    ),
    readings: message.partial?.count ?? 1,
  };
}

/** The unchanged message, to be set aside whole. */
export function wholeMessage(message: ReadingsMessage, body: string, messageId: string): EncodedMessage {
  const { request, key, chunk, index } = message;
  const identity = [request, key, String(chunk), 'whole', ...(index === undefined ? [] : [String(index)])];
  const deduplicationId = hashOf(...identity, messageId);
  return { key, body, group: groupOf(key), deduplicationId, readings: countReadings(message) };
}

/**
 * The body of a dead letter that goes back to the readings queue. SQS may have moved the message there after it was applied,
 * and SQS does not recognize a redriven message as a repeat. So it becomes a suspect (repeats.ts), however new it is.
 */
export function bodyAgain(body: string): string {
  return body.replace(SINCE, (_, head: string, since: string) => `${head}${asSuspect(Number(since))}`);
}

/** Matches `since` where encodeEnvelope writes it. The request's id is escaped, so it cannot look like `since`. */
const SINCE = /^(\{"v":\d+,(?:"kind":"[a-z]+",)?"request":"(?:[^"\\]|\\.)*","since":)(\d+)/;

/** So early that every message that is sent from now on is a suspect (repeats.ts). */
function asSuspect(since: number): number {
  return Math.max(0, since - DEDUPLICATION_WINDOW_MS);
}

type Envelope = Omit<ReadingsMessage, 'readings'>;

/** A pipeline with `merge` emits nothing, so no partial has a chain. */
function formatOf({ chain, partial }: Envelope, otherwise: number): number {
  if (partial !== undefined) return PARTIAL_FORMAT;
  return chain === undefined ? otherwise : CHAINED_FORMAT;
}

function sizeOf(envelope: Envelope, readings: readonly string[]): number {
  return Buffer.byteLength(encodeEnvelope(envelope, readings));
}

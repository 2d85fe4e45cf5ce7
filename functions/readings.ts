/** The codec of the readings queue: encodes and decodes its messages, and makes messages from other messages. */
import { compress, decompress } from './compressed.ts';
import { defined } from './defined.ts';
import { NewerFormatError, PermanentError } from './errors.ts';
import { encodeJson, isRecord } from './json.ts';
import { DEDUPLICATION_WINDOW_MS } from './limits.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import type { RequestIdentity } from './requests.ts';
import type { WakeSchedule } from './state.ts';
import { parseTrace, type TraceContext, traceFields } from './trace-context.ts';

/**
 * The newest format that this build understands. Format 2 adds commands, format 3 has wakes, format 4 has compressed
 * readings (`packed`), format 5 has a chain, format 7 has a partial in place of the readings. All other messages are written
 * in format 1.
 */
export const MESSAGE_FORMAT = 7;
export const COMPRESSED_FORMAT = 4;
/** A build that does not know chains would start a new one for each request, so a loop would never end. */
export const CHAINED_FORMAT = 5;
export const PARTIAL_FORMAT = 7;
/** Formats that only other builds write. */
const UNKNOWN_FORMATS: readonly number[] = [6];
const NEWEST_FORMAT = 1_000;

/**
 * `readings` is the ordinary kind. A `tombstone` stands for a request that will send no readings, so that later requests of
 * the sequence need not wait. A `wake` is one that compute asked for; its one reading is a WakeReading. The other kinds are an
 * operator's commands. They use the same queue and group, so the key still has one writer. `resume` and `skip` are for a
 * stopped key, `forget` removes its state, `reset` replaces it, and `migrate` brings a quiet key to the newest version of its
 * state.
 */
const KINDS = ['readings', 'tombstone', 'wake', 'resume', 'skip', 'forget', 'reset', 'migrate'] as const;
export type MessageKind = (typeof KINDS)[number];
export type WordKind = Exclude<MessageKind, 'readings' | 'tombstone' | 'wake'>;

/** The oldest format that has the kind. A build that does not know the format gives the message back. */
export const FORMAT_OF_KIND: Readonly<Record<MessageKind, number>> = {
  readings: 1,
  tombstone: 1,
  wake: 3,
  resume: 1,
  skip: 1,
  forget: 2,
  reset: 2,
  migrate: 2,
};

export interface ReadingsMessage {
  readonly kind: MessageKind;
  readonly request: string;
  /** See RequestIdentity.since. */
  readonly since: number;
  readonly key: string;
  /** This is message `chunk`, counted from 0, of the `of` messages with the request's readings for this key. */
  readonly chunk: number;
  readonly of: number;
  /** The request's place in its key's order, 1, 2, 3 ... Only in request order. */
  readonly sequence?: number;
  /** See Turn. */
  readonly start?: number;
  readonly follows?: number;
  /** Fingerprint of all readings of this request and key. Chunks of different reads do not belong together. */
  readonly read: string;
  /** Set on a single reading that was set aside: its index in its original message. */
  readonly index?: number;
  /** Set if another request or an output led to the readings' request (chain.ts). */
  readonly chain?: string;
  /** The trace of the request (trace-context.ts). A build that does not know it takes the message without it. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** In `resume` and `skip`: the reading at which the key was stopped when the operator gave the command. */
  readonly stop?: StopPlace;
  /** In `forget` and `reset`: the operator's reason. */
  readonly reason?: string;
  /** In `reset`: the new state. */
  readonly to?: ResetTo;
  /** Set if the reader folded the readings. The one entry of `readings` is then the partial, the state that they make. */
  readonly partial?: PartialOf;
  readonly readings: readonly unknown[];
}

/** The number of readings that a partial was folded from, and the version of its shape. */
export interface PartialOf {
  readonly count: number;
  readonly stateVersion: number;
}

/** The state that was folded from the readings of one message, as JSON text. */
export interface PartialState {
  readonly state: string;
  readonly stateVersion: number;
}

/** The number of readings that a message carries, singly or in a partial. */
export function countReadings({ partial, readings }: Pick<ReadingsMessage, 'partial' | 'readings'>): number {
  return partial?.count ?? readings.length;
}

/** The reading on which compute threw: the receipt of its message, and its index in that message. */
export interface StopPlace {
  readonly receipt: string;
  readonly index: number;
}

/** A state as JSON text, and the version of its shape. */
export interface ResetTo {
  readonly state: string;
  readonly stateVersion: number;
}

/** In `wake`: the tag, and the time of its schedule (epoch ms). The message's `request` is the id of the wake. */
export interface WakeReading {
  readonly tag: string;
  readonly at: number;
}

/** The tag of a timer (KeyItem.gapTimer), whose message is otherwise a wake. A tag of the pipeline is never empty. */
export const TIMER_TAG = '';

export interface EncodedMessage {
  readonly key: string;
  readonly body: string;
  readonly group: string;
  readonly deduplicationId: string;
  /** The number of readings in the message. */
  readonly readings: number;
}

/** A request's place in the order of its key, 1, 2, 3 ... */
export interface Turn {
  readonly sequence: number;
  /** The first place of the key, if the pipeline names one. */
  readonly start?: number;
  /** The place that the request follows, if the places in between stay empty; sequence - 1 if undefined. */
  readonly follows?: number;
}

/** Where readings come from: their request, its place in request order, and its chain (chain.ts). */
export interface Origin extends RequestIdentity, Partial<Turn>, Partial<TraceContext> {
  readonly chain?: string;
}

/**
 * An operator's command for a stopped key. `id` distinguishes it from earlier commands. The command names the stop that the
 * operator saw, so that a late or redriven command does not skip a reading that the operator did not see.
 */
export function controlMessage(
  key: string,
  kind: 'resume' | 'skip',
  { receipt, index }: StopPlace,
  id: string,
): EncodedMessage {
  return wordMessage(key, kind, { stop: { receipt, index } }, id);
}

/**
 * Removes the state, the parked messages and the copies of dead letters of the key. With the same `id` it is one command,
 * even if it is sent again.
 */
export function forgetMessage(key: string, reason: string, id: string): EncodedMessage {
  return wordMessage(key, 'forget', { reason }, id);
}

/**
 * Replaces the state, in order with the messages of the key. With the same `id` it is one command, even if it is sent
 * again.
 */
export function resetMessage(key: string, to: ResetTo, reason: string, id: string): EncodedMessage {
  return wordMessage(key, 'reset', { reason, to }, id);
}

/** Migrates the key to the newest version of its state, if necessary. A second one has no effect. */
export function migrateMessage(key: string, id: string): EncodedMessage {
  return wordMessage(key, 'migrate', {}, id);
}

/**
 * The message that a schedule sends to the readings queue. A second one has no effect: the item knows which wake it waits
 * for.
 */
export function wakeMessage(key: string, { id, tag, at }: WakeSchedule): EncodedMessage {
  const readings = [encodeJson({ tag, at } satisfies WakeReading, 'a wake')];
  const envelope = envelopeOf({ id, since: at }, key, 0, 1, fingerprint(readings));
  return {
    key,
    body: encodeEnvelope({ ...envelope, kind: 'wake' }, readings),
    group: groupOf(key),
    deduplicationId: id,
    readings: 1,
  };
}

/** The WakeReading of a message of kind `wake`. */
export function wakeIn({ readings }: Pick<ReadingsMessage, 'readings'>): WakeReading {
  const [reading] = readings;
  if (!isWakeReading(reading)) throw new PermanentError('a wake without its tag and time');
  return reading;
}

function isWakeReading(value: unknown): value is WakeReading {
  return isRecord(value) && typeof value['tag'] === 'string' && isCount(value['at']);
}

function wordMessage(
  key: string,
  kind: WordKind,
  about: Pick<ReadingsMessage, 'stop' | 'reason' | 'to'>,
  id: string,
): EncodedMessage {
  // `since` is 0, so that a command is looked up among all receipts.
  const envelope = envelopeOf({ id, since: 0 }, checkKey(key, 'the key'), 0, 1, fingerprint([]));
  return {
    key,
    body: encodeEnvelope({ ...envelope, kind, ...about }, []),
    group: groupOf(key),
    deduplicationId: hashOf(id, key, kind),
    readings: 0,
  };
}

type Envelope = Omit<ReadingsMessage, 'readings'>;

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

/** A pipeline with `merge` emits nothing, so no partial has a chain. */
function formatOf({ chain, partial }: Envelope, otherwise: number): number {
  if (partial !== undefined) return PARTIAL_FORMAT;
  return chain === undefined ? otherwise : CHAINED_FORMAT;
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

function sizeOf(envelope: Envelope, readings: readonly string[]): number {
  return Buffer.byteLength(encodeEnvelope(envelope, readings));
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

/** The unchanged message, to be set aside whole. */
export function wholeMessage(message: ReadingsMessage, body: string, messageId: string): EncodedMessage {
  const { request, key, chunk, index } = message;
  const identity = [request, key, String(chunk), 'whole', ...(index === undefined ? [] : [String(index)])];
  const deduplicationId = hashOf(...identity, messageId);
  return { key, body, group: groupOf(key), deduplicationId, readings: countReadings(message) };
}

/**
 * Decodes a body of the readings queue. Throws a PermanentError if Weir did not write it, and a NewerFormatError if a newer
 * build wrote it, so that the message waits for that build.
 */
export function decodeMessage(body: string): ReadingsMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new PermanentError('a message on the readings queue is not JSON');
  }
  if (!isRecord(value)) throw new PermanentError('a message on the readings queue is not an object');
  const { v } = value;
  // Any other number is not a format but an unknown sender's value, which must not appear in a reason.
  if (isCount(v) && (UNKNOWN_FORMATS.includes(v) || (v > MESSAGE_FORMAT && v <= NEWEST_FORMAT))) {
    throw new NewerFormatError(`message format ${v}, this build knows ${MESSAGE_FORMAT}`);
  }
  const message = soundMessage(value);
  if (message === undefined)
    throw new PermanentError('a message on the readings queue that Weir did not write');
  checkKey(message.key, 'the key of the message');
  return message;
}

function soundMessage(value: Readonly<Record<string, unknown>>): ReadingsMessage | undefined {
  const { v, kind = 'readings', request, since, key, chunk, of, read } = value;
  const { index, sequence, start, follows, chain, stop, reason, to, partial } = value; // These are optional.
  const readings = isPacked(value) ? unpacked(value['packed']) : value['readings'];
  const sound =
    isKind(kind) &&
    (v === FORMAT_OF_KIND[kind] || (isOfReadings(v) && kind === 'readings')) &&
    (v === CHAINED_FORMAT ? typeof chain === 'string' : chain === undefined) &&
    typeof request === 'string' &&
    typeof since === 'number' &&
    typeof key === 'string' &&
    isCount(chunk) &&
    isCount(of) &&
    typeof read === 'string' &&
    isCountOrNothing(index) &&
    isCountOrNothing(sequence) &&
    isCountOrNothing(start) &&
    isCountOrNothing(follows) &&
    (stop === undefined || isStopPlace(stop)) &&
    isAboutStop(kind) === (stop !== undefined) &&
    (reason === undefined || typeof reason === 'string') &&
    (to === undefined || isResetTo(to)) &&
    (kind === 'reset') === (to !== undefined) &&
    Array.isArray(readings) &&
    (partial === undefined || (isPartialOf(partial) && readings.length === 1)) &&
    (v === PARTIAL_FORMAT) === (partial !== undefined) &&
    (kind !== 'wake' || isWakeReading(readings[0]));
  if (!sound) return undefined;
  return {
    kind,
    request,
    since,
    key,
    chunk,
    of,
    read,
    readings,
    ...defined({ index, sequence, start, follows, stop, reason, to, partial }),
    ...(typeof chain === 'string' ? { chain } : {}),
    ...traceFields(parseTrace(value['traceparent'], value['tracestate'])),
  };
}

function isPacked({ v, packed }: Readonly<Record<string, unknown>>): boolean {
  return v === COMPRESSED_FORMAT || ((v === PARTIAL_FORMAT || v === CHAINED_FORMAT) && packed !== undefined);
}

function isOfReadings(v: unknown): boolean {
  return v === COMPRESSED_FORMAT || v === CHAINED_FORMAT || v === PARTIAL_FORMAT;
}

/** Undefined if Weir did not compress it. */
function unpacked(packed: unknown): unknown {
  if (typeof packed !== 'string') return undefined;
  try {
    return JSON.parse(decompress(packed));
  } catch {
    return undefined;
  }
}

function isKind(value: unknown): value is MessageKind {
  return KINDS.some((kind) => kind === value);
}

/** Whether a message is an operator's command and carries no readings. */
export function isWord(kind: MessageKind): kind is WordKind {
  return kind !== 'readings' && kind !== 'tombstone' && kind !== 'wake';
}

function isAboutStop(kind: MessageKind): boolean {
  return kind === 'resume' || kind === 'skip';
}

function isResetTo(value: unknown): value is ResetTo {
  return isRecord(value) && typeof value['state'] === 'string' && isCount(value['stateVersion']);
}

function isPartialOf(value: unknown): value is PartialOf {
  return isRecord(value) && isCount(value['count']) && isCount(value['stateVersion']);
}

function isStopPlace(value: unknown): value is StopPlace {
  return isRecord(value) && typeof value['receipt'] === 'string' && isCount(value['index']);
}

function isCountOrNothing(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

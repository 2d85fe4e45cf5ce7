/** The codec of the readings queue: the content of its messages, and messages that are made from others. */
import { compress, decompress } from './compressed.ts';
import { defined } from './defined.ts';
import { NewerFormatError, PermanentError } from './errors.ts';
import { encodeJson, isRecord } from './json.ts';
import { DEDUPLICATION_WINDOW_MS } from './limits.ts';
import { checkKey, fingerprint, groupOf, hashOf } from './message-ids.ts';
import type { RequestIdentity } from './requests.ts';
import type { WakeSchedule } from './state.ts';

/**
 * What this build understands. Format 2 has words that format 1 lacks, format 3 has wakes, format 4 has its readings
 * compressed, as `packed`, format 5 is of a request that another one led to, format 7 has a partial in their place; all else is
 * written in format 1.
 */
export const MESSAGE_FORMAT = 7;
export const COMPRESSED_FORMAT = 4;
/** A build that does not know it would take what follows for the first of its chain, and a loop would have no end. */
export const CHAINED_FORMAT = 5;
export const PARTIAL_FORMAT = 7;
/** Of other builds. */
const UNKNOWN_FORMATS: readonly number[] = [6];
const NEWEST_FORMAT = 1_000;

/**
 * `readings` is the ordinary kind. A `tombstone` stands for a request that will send nothing, so that those after it
 * in a sequence need not wait. A `wake` is what compute asked for: its one reading is a WakeReading. The others are an operator's words: they travel the same queue in the same group, so the key
 * still has one writer. `resume` and `skip` are for a stopped key; `forget` lets its state go, `reset` gives it another one,
 * `migrate` brings a quiet key to the newest version of its state.
 */
const KINDS = ['readings', 'tombstone', 'wake', 'resume', 'skip', 'forget', 'reset', 'migrate'] as const;
export type MessageKind = (typeof KINDS)[number];
export type WordKind = Exclude<MessageKind, 'readings' | 'tombstone' | 'wake'>;

/** The oldest format that has the kind: a build that does not know it gives the message back. */
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
  /** This is message `chunk` of the `of` that carry the request's readings for this key. */
  readonly chunk: number;
  readonly of: number;
  /** The request's place in its key's order, from 1 on: only in pipelines of request order. */
  readonly sequence?: number;
  /** See Turn. */
  readonly start?: number;
  readonly follows?: number;
  /** Fingerprint of all readings of this request and key: chunks of two different reads do not belong together. */
  readonly read: string;
  /** Set when a single reading of a message was set aside and comes back: its place in that message. */
  readonly index?: number;
  /** Of readings whose request another one led to: see chain.ts. */
  readonly chain?: string;
  /** In `resume` and `skip`: the reading at which the key was stopped when the command was given. */
  readonly stop?: StopPlace;
  /** In `forget` and `reset`: why, in the operator's own words. */
  readonly reason?: string;
  /** In `reset`: the state. */
  readonly to?: ResetTo;
  /** Set where the reader has folded the readings: the one in `readings` is a partial then, the state that they make. */
  readonly partial?: PartialOf;
  readonly readings: readonly unknown[];
}

/** How many readings a partial was folded of, and the version of its shape. */
export interface PartialOf {
  readonly count: number;
  readonly stateVersion: number;
}

/** A state that was folded of the readings of one message, as JSON text. */
export interface PartialState {
  readonly state: string;
  readonly stateVersion: number;
}

/** How many readings a message carries, one by one or in a partial. */
export function countReadings({ partial, readings }: Pick<ReadingsMessage, 'partial' | 'readings'>): number {
  return partial?.count ?? readings.length;
}

/** The reading on which compute threw: the receipt of its message, and its place in that message. */
export interface StopPlace {
  readonly receipt: string;
  readonly index: number;
}

/** A state as JSON text, and the version of its shape. */
export interface ResetTo {
  readonly state: string;
  readonly stateVersion: number;
}

/** In `wake`: the tag, and when its schedule was to come (epoch ms). Which wake it is the message's `request` says. */
export interface WakeReading {
  readonly tag: string;
  readonly at: number;
}

/** The tag of a timer (KeyItem.gapTimer), whose message is a wake for the rest: a tag of the pipeline's own is never empty. */
export const TIMER_TAG = '';

export interface EncodedMessage {
  readonly key: string;
  readonly body: string;
  readonly group: string;
  readonly deduplicationId: string;
  /** How many readings it carries. */
  readonly readings: number;
}

/** A request's place in the order of its key, 1, 2, 3 ... */
export interface Turn {
  readonly sequence: number;
  /** The first place of its key, where the pipeline says one. */
  readonly start?: number;
  /** The place before it, where those in between stay empty; sequence - 1 where nothing is said. */
  readonly follows?: number;
}

/** Whose readings they are, in request order where in it, and what led to it (chain.ts). */
export interface Origin extends RequestIdentity, Partial<Turn> {
  readonly chain?: string;
}

/**
 * An operator's command for a stopped key. `id` distinguishes it from an earlier one. It names the stop that the operator
 * saw: if it comes late, or twice through a redrive, it must not skip a reading that nobody has looked at.
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

/** Of a message of that kind, by itself or set aside and redriven. */
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
  // Since ever: a word is looked up among all receipts.
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
  const { id: request, since, sequence, start, follows, chain } = origin;
  return {
    kind: 'readings',
    request,
    since,
    key,
    chunk,
    of,
    read,
    ...defined({ sequence, start, follows, chain }),
  };
}

/** A pipeline that merges emits nothing, so no partial has a chain. */
function formatOf({ chain, partial }: Envelope, otherwise: number): number {
  if (partial !== undefined) return PARTIAL_FORMAT;
  return chain === undefined ? otherwise : CHAINED_FORMAT;
}

export function encodeEnvelope({ kind, ...envelope }: Envelope, readings: readonly string[]): string {
  // The kind that nearly all messages have is left out.
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

/** The same, compressed where that makes it smaller. Ids do not follow from it: they are the same either way. */
export function encodePacked(envelope: Envelope, readings: readonly string[]): string {
  const packed = compress(`[${readings.join(',')}]`);
  if (packed === undefined) return encodeEnvelope(envelope, readings);
  const { kind: _, ...rest } = envelope;
  const v = formatOf(envelope, COMPRESSED_FORMAT);
  return encodeJson({ v, ...rest, packed }, 'message');
}

/**
 * A partial in the place of the readings that it was folded of: the message has the same ids either way, and whichever of the
 * two is applied first, the other is its repeat. Undefined where the readings take no more room: they are sent as they are.
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
 * One reading of a message as a message of its own: how a reading leaves that could not be applied. `messageId` is
 * the SQS message that it leaves from: set aside again after a redrive it is a new dead letter, not a repeat that
 * the dead-letter queue would drop.
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
 * The body of a dead letter that goes back to the readings queue. Within five minutes of its request it would not be
 * held for a repeat, yet SQS may have given it up after it had been applied, and a redrive passes SQS's own check.
 */
export function bodyAgain(body: string): string {
  return body.replace(SINCE, (_, head: string, since: string) => `${head}${asSuspect(Number(since))}`);
}

/** Where encodeEnvelope has it: what a request's id holds is escaped, so it cannot look like this. */
const SINCE = /^(\{"v":\d+,(?:"kind":"[a-z]+",)?"request":"(?:[^"\\]|\\.)*","since":)(\d+)/;

/** So early that whatever is sent from now on is looked up among the receipts. */
function asSuspect(since: number): number {
  return Math.max(0, since - DEDUPLICATION_WINDOW_MS);
}

/** A message as it is, body included, to be set aside whole. */
export function wholeMessage(message: ReadingsMessage, body: string, messageId: string): EncodedMessage {
  const { request, key, chunk, index } = message;
  const identity = [request, key, String(chunk), 'whole', ...(index === undefined ? [] : [String(index)])];
  const deduplicationId = hashOf(...identity, messageId);
  return { key, body, group: groupOf(key), deduplicationId, readings: countReadings(message) };
}

/**
 * The message in a body of the readings queue. Junk is a PermanentError; a format that a newer build wrote is a
 * NewerFormatError, so that the message waits for that build.
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
  // Any other number is no version: a stranger's value, and that is not told.
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
  const { index, sequence, start, follows, chain, stop, reason, to, partial } = value; // Each where there is one.
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
  };
}

function isPacked({ v, packed }: Readonly<Record<string, unknown>>): boolean {
  return v === COMPRESSED_FORMAT || ((v === PARTIAL_FORMAT || v === CHAINED_FORMAT) && packed !== undefined);
}

function isOfReadings(v: unknown): boolean {
  return v === COMPRESSED_FORMAT || v === CHAINED_FORMAT || v === PARTIAL_FORMAT;
}

/** Undefined where it is nothing that Weir compressed. */
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

/** Whether a message is an operator's word and carries no readings. */
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

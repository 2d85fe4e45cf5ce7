/**
 * The content of a message on the readings queue, decoded outside the code under test.
 *
 * A slot stands for one effect: reading `index` of message `chunk` of one request for one key. Reads with
 * different results give a slot several contents; only one of them may be applied, once.
 */
import { hash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { isRecord } from '../../functions/json.ts';
import type { MessageKind } from '../../functions/readings.ts';
import { contentId, type Reading, type State } from './reference.ts';

/** One content of a message. */
export interface MessageFacts {
  readonly since: number;
  readonly key: string;
  readonly kind: MessageKind;
  /** Its request's place in the key's order, and its number among that request's `of` messages. */
  readonly place: Place;
  readonly of: number;
  /** The item's name for its request while some of the request's messages are missing. */
  readonly requestHash: string;
  /** The read that produced it. */
  readonly read: string;
  /** The identity behind its receipt: the same for every content. */
  readonly identity: string;
  /** The identity of the request's previous message, if the request has several. */
  readonly previous: string | undefined;
  readonly receipt: string;
  /** For a reading that comes back alone: the receipt of its original message. */
  readonly originReceipt: string;
  /** True for a reading that was set aside and comes back alone. */
  readonly single: boolean;
  /** The reader folded its readings. */
  readonly isPartial: boolean;
  readonly slots: readonly SlotFacts[];
  /** For an operator's word: the stop that it refers to, as returned by stopName. */
  readonly about: string | undefined;
  /** For a reset: the new state. */
  readonly to?: State;
  /** Of a wake: its tag. */
  readonly tag?: string;
}

/** A place in a key's order; in arrival order the sequence is 0. */
export interface Place {
  readonly sequence: number;
  readonly chunk: number;
}

export interface SlotFacts {
  readonly slot: string;
  readonly content: string;
  readonly index: number;
  readonly reading: Reading;
  readonly message: MessageFacts;
  /** Padded sequence numbers under which the queue accepted it. */
  readonly sequences: string[];
  /** Those under which SQS gave it up. */
  readonly lost: Set<string>;
}

/** The same bodies occur many times; each is parsed once in a run. */
let parsed = new Map<string, MessageFacts | undefined>();

/** Call it before a run: facts about messages belong to one run. */
export function forgetMessages(): void {
  parsed = new Map();
}

/** Parses a body of the readings queue; undefined for junk. */
export function parseMessage(body: string): MessageFacts | undefined {
  const known = parsed.get(body);
  if (known !== undefined || parsed.has(body)) return known;
  const message = parseAnew(body);
  parsed.set(body, message);
  return message;
}

function parseAnew(body: string): MessageFacts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const {
    kind = 'readings',
    request,
    since = 0,
    key,
    sequence = 0,
    chunk,
    of,
    index,
    stop,
    to,
    packed,
  } = value;
  const given = typeof packed === 'string' ? unpacked(packed) : value['readings'];
  const isPartial = value['partial'] !== undefined;
  const readings = isPartial ? readingsOfPartial(given, key) : given;
  if (typeof request !== 'string' || typeof key !== 'string' || !Array.isArray(readings)) return undefined;
  if (!isKind(kind)) return undefined;
  const single = typeof index === 'number';
  const parts = [request, kind === 'readings' ? String(chunk) : kind, ...(single ? [String(index)] : [])];
  const slots: SlotFacts[] = [];
  const message: MessageFacts = {
    key,
    kind,
    since: Number(since),
    of: Number(of),
    read: String(value['read']),
    requestHash: hash('sha256', `${request.length}:${request}`).slice(0, 16),
    place: { sequence: Number(sequence), chunk: Number(chunk) },
    identity: parts.join('|'),
    receipt: receiptOf(parts),
    single,
    isPartial,
    slots,
    originReceipt: receiptOf(parts.slice(0, 2)),
    previous: single || chunk === 0 ? undefined : `${request}|${Number(chunk) - 1}`,
    ...(isRecord(to) ? { to: JSON.parse(String(to['state'])) } : {}),
    about: isRecord(stop) ? stopName(String(stop['receipt']), Number(stop['index'])) : undefined,
  };
  // The effect of a wake is in the reference: the message has none of its own. A partial that was set aside
  // comes back with all its readings.
  const [first] = readings;
  if (kind === 'wake') return { ...message, tag: isRecord(first) ? String(first['tag']) : '' };
  slots.push(...slotsOf(message, readings, single && !isPartial ? index : undefined));
  return message;
}

function slotsOf(
  message: MessageFacts,
  readings: readonly Reading[],
  index: number | undefined,
): SlotFacts[] {
  const { chunk } = message.place;
  return readings.map((reading, place) => ({
    slot: `${reading.r}|${chunk}|${index ?? place}`,
    content: contentId(reading),
    index: index ?? place,
    reading,
    message,
    sequences: [],
    lost: new Set(),
  }));
}

/**
 * Format 7: the log of the partial names its readings. All of them are sound, or the reader would not have
 * folded them.
 */
function readingsOfPartial(given: unknown, key: unknown): Reading[] | undefined {
  const [state] = Array.isArray(given) ? given : [];
  const log = isRecord(state) ? state['log'] : undefined;
  if (!Array.isArray(log)) return undefined;
  return log.map((content: unknown) => {
    const [r = 0, s = 0, a = 0] = String(content).split('.').map(Number);
    return { r, s, a, k: String(key), t: 'plain' };
  });
}

/** Format 4: unpacked separately here, because the code under test may unpack wrongly. */
function unpacked(packed: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString());
}

/** The receipt of a message that was processed without being applied. */
export function deliveryReceipt(messageId: string): string {
  return receiptOf(['delivery', messageId]);
}

/** 96 bits of a SHA-256 over the parts, each preceded by its length. */
function receiptOf(parts: readonly string[]): string {
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'base64url').slice(0, 16);
}

/** Requests of a message, as the trace names them. */
export function requestsIn({ slots, kind, place }: MessageFacts): string {
  if (slots.length === 0)
    return kind === 'readings' ? `place ${place.sequence}` : `${kind} ${place.sequence}`;
  return [...new Set(slots.map(({ reading }) => `#${reading.r}`))].join(' ');
}

export function stopName(receipt: string, index: number): string {
  return `${receipt}:${index}`;
}

const KINDS: Readonly<Record<MessageKind, true>> = {
  readings: true,
  tombstone: true,
  wake: true,
  resume: true,
  skip: true,
  forget: true,
  reset: true,
  migrate: true,
};

function isKind(value: unknown): value is MessageKind {
  return typeof value === 'string' && Object.hasOwn(KINDS, value);
}

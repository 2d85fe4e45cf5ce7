/**
 * What the oracle knows of each key, recorded outside the code under test: every message that the readings queue
 * admitted, and what the commits that landed have made of its readings.
 *
 * A slot is a place for one effect: reading `index` of message `chunk` of one request for one key. Reads that differ
 * give one slot several contents; whichever is applied, it may be applied once.
 */
import { hash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { isRecord } from '../../functions/json.ts';
import type { MessageKind } from '../../functions/readings.ts';
import { contentId, FIRST_STATE, type Reading, type State } from './reference.ts';

/** One content of one message. */
export interface MessageFacts {
  readonly since: number;
  readonly key: string;
  readonly kind: MessageKind;
  /** Its request's place in the key's order, and which of that request's `of` messages it is. */
  readonly place: Place;
  readonly of: number;
  /** What an item calls its request as long as not all messages of it are in. */
  readonly requestHash: string;
  /** Which read of its request it came from. */
  readonly read: string;
  /** What its receipt stands for: the same for every content. */
  readonly identity: string;
  /** The identity of the message that the reader sends before this one, if the request has several. */
  readonly previous: string | undefined;
  readonly receipt: string;
  /** Of a reading that comes back by itself: the receipt of the message that it was in. */
  readonly originReceipt: string;
  /** True for a reading that was set aside and comes back by itself. */
  readonly single: boolean;
  /** Its readings were folded by the reader. */
  readonly isPartial: boolean;
  readonly slots: readonly SlotFacts[];
  /** Of an operator's word: the stop that it is about, as stopName gives it. */
  readonly about: string | undefined;
  /** Of a reset: the state. */
  readonly to?: State;
}

/** In a key's order; in arrival order the sequence is 0. */
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
  /** Sequence numbers under which the queue admitted it, padded. */
  readonly sequences: string[];
  /** Those of them under which SQS gave it up. */
  readonly lost: Set<string>;
}

export interface KeyFacts {
  readonly key: string;
  readonly contents: Map<string, SlotFacts>;
  /** The contents of each message identity, in order of admission. */
  readonly versions: Map<string, MessageFacts[]>;
  readonly applied: Map<string, { readonly content: string; readonly sequence: string }>;
  /** What was set aside, on its way to the dead-letter queue. */
  readonly aside: Map<string, SetAside>;
  /** Requests and places in them whose reading was applied, whatever its content. */
  readonly natural: Set<string>;
  readonly asideNatural: Set<string>;
  last: { sequence: string; index: number };
  readonly order: OrderFacts;
  readonly stops: StopFacts;
  /** What lies parked now, by sort key. */
  readonly parked: Map<string, ParkedFacts>;
  reference: State;
  /** Whether the item has a state; readings that were in an earlier one, which was forgotten or set anew. */
  isBegun: boolean;
  logged: number;
  readonly words: WordFacts;
  /** The wakes that the reference waits for: when each tag is due; and how many have come. */
  readonly pending: Map<string, number>;
  woken: number;
  /** What a forget dropped unapplied; and the copies of dead letters that are in the table, by sort key. */
  readonly dropped: Set<string>;
  readonly deadCopies: Map<string, MessageFacts | undefined>;
  item: Item | undefined;
  /** `environment/invocation` of the newest commit. */
  writer: string;
  /** Which message identity a receipt stands for, and the receipts that a commit has held. */
  readonly identities: Map<string, string>;
  readonly receipts: Set<string>;
  readonly outputs: Map<string, string>;
  readonly delivered: Map<string, string>;
  lastDelivered: { version: number; index: number };
}

/** What operators said about the state, by the id of the word. */
export interface WordFacts {
  readonly said: Map<string, MessageFacts>;
  readonly sequences: Map<string, string[]>;
  readonly heard: Set<string>;
  /** SQS gave one up. */
  readonly lost: Set<string>;
}

export interface ParkedFacts extends MessageFacts {
  /** SQS's id of the message that brought it. */
  readonly messageId: string;
}

export interface SetAside {
  readonly times: number;
  readonly reading: Reading;
  /** Its turn had passed, so it is set aside for good. */
  readonly late: boolean;
}

/** Request order: what the key was told, and how far it may have come by that. */
export interface OrderFacts {
  /** The messages of each place, by chunk; and the places that were given up. */
  readonly turns: Map<number, Map<number, MessageFacts>>;
  readonly tombstones: Set<number>;
  /** The first place that has neither taken its full effect nor been given up. */
  due: number;
  /** Where the reading stood that was applied last. */
  last: Place & { readonly index: number };
}

export interface StopFacts {
  /** What operators said about each stop, counted by what the queue admitted, and how often the key went on from it. */
  readonly words: Map<string, { resume: number; skip: number }>;
  readonly ended: Map<string, number>;
  /** Sequence numbers of the words, padded. */
  readonly wordAt: Map<string, MessageFacts>;
  /** The invocation whose commit made the key stop where it stands. */
  madeBy: string;
}

export function createKeyFacts(key: string): KeyFacts {
  return {
    key,
    contents: new Map(),
    versions: new Map(),
    applied: new Map(),
    aside: new Map(),
    natural: new Set(),
    asideNatural: new Set(),
    last: { sequence: '', index: 0 },
    order: {
      turns: new Map(),
      tombstones: new Set(),
      due: 1,
      last: { sequence: 0, chunk: 0, index: 0 },
    },
    stops: { words: new Map(), ended: new Map(), wordAt: new Map(), madeBy: '' },
    parked: new Map(),
    reference: FIRST_STATE,
    isBegun: false,
    logged: 0,
    words: { said: new Map(), sequences: new Map(), heard: new Set(), lost: new Set() },
    pending: new Map(),
    woken: 0,
    dropped: new Set(),
    deadCopies: new Map(),
    item: undefined,
    writer: '',
    identities: new Map(),
    receipts: new Set(),
    outputs: new Map(),
    delivered: new Map(),
    lastDelivered: { version: 0, index: 0 },
  };
}

/** Bodies come by many times; what they hold is worked out once in a run. */
let parsed = new Map<string, MessageFacts | undefined>();

/** To be called before a run: what is known of a message is of one run only. */
export function forgetMessages(): void {
  parsed = new Map();
}

/** The message in a body of the readings queue, or undefined for junk. */
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
  // What a wake is to do the reference says: it has no effect of its own.
  (kind === 'wake' ? [] : readings).forEach((reading: Reading, place) => {
    // A partial that was set aside comes back with all its readings.
    const at = single && !isPartial ? index : place;
    slots.push({
      slot: `${reading.r}|${chunk}|${at}`,
      content: contentId(reading),
      index: at,
      reading,
      message,
      sequences: [],
      lost: new Set(),
    });
  });
  return message;
}

/** Format 7: the log of the partial names its readings. All of them are sound, or they would not have been folded. */
function readingsOfPartial(given: unknown, key: unknown): Reading[] | undefined {
  const [state] = Array.isArray(given) ? given : [];
  const log = isRecord(state) ? state['log'] : undefined;
  if (!Array.isArray(log)) return undefined;
  return log.map((content: unknown) => {
    const [r = 0, s = 0, a = 0] = String(content).split('.').map(Number);
    return { r, s, a, k: String(key), t: 'plain' };
  });
}

/** Format 4: worked out here once more, since what is judged may unpack wrongly. */
function unpacked(packed: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString());
}

/** What a message leaves that was taken in without being applied. */
export function deliveryReceipt(messageId: string): string {
  return receiptOf(['delivery', messageId]);
}

/** 96 bits of a SHA-256 over the parts, each with its length before it. */
function receiptOf(parts: readonly string[]): string {
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'base64url').slice(0, 16);
}

export function isDealt(facts: KeyFacts, slot: string): boolean {
  return facts.applied.has(slot) || facts.aside.has(slot) || facts.dropped.has(slot);
}

export function isComplete(facts: KeyFacts, message: MessageFacts): boolean {
  return message.slots.every(({ slot }) => isDealt(facts, slot));
}

/** Whether the message has taken effect in one of the contents that it was read with. */
export function isSettled(facts: KeyFacts, message: MessageFacts): boolean {
  return (facts.versions.get(message.identity) ?? [message]).some((version) => isComplete(facts, version));
}

/** Requests that a message belongs to, as the trace names them. */
export function requestsIn({ slots, kind, place }: MessageFacts): string {
  if (slots.length === 0)
    return kind === 'readings' ? `place ${place.sequence}` : `${kind} ${place.sequence}`;
  return [...new Set(slots.map(({ reading }) => `#${reading.r}`))].join(' ');
}

/** The reading at which an item says that its key stands still; undefined when it runs. */
export function stopOf(item: Item | undefined): string | undefined {
  const text = item?.['stopped']?.S;
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return isRecord(value) ? stopName(String(value['receipt']), Number(value['index'])) : undefined;
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

/**
 * The oracle's knowledge of each key, recorded outside the code under test: every message that the readings
 * queue accepted, and what the landed commits did with its readings.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { isRecord } from '../../functions/json.ts';
import { isHole } from '../subject/gaps.ts';
import type { Mode } from '../subject/mode.ts';
import { type MessageFacts, type Place, type SlotFacts, stopName } from './message-facts.ts';
import { FIRST_STATE, type Reading, type State } from './reference.ts';

export interface KeyFacts {
  readonly key: string;
  readonly contents: Map<string, SlotFacts>;
  /** The contents of each message identity, in the order in which they were accepted. */
  readonly versions: Map<string, MessageFacts[]>;
  readonly applied: Map<string, { readonly content: string; readonly sequence: string }>;
  /** Readings that were set aside, on their way to the dead-letter queue. */
  readonly aside: Map<string, SetAside>;
  /** Requests and the places in them whose reading was applied, with any content. */
  readonly natural: Set<string>;
  readonly asideNatural: Set<string>;
  last: { sequence: string; index: number };
  readonly order: OrderFacts;
  readonly stops: StopFacts;
  /** Messages that are parked now, by sort key. */
  readonly parked: Map<string, ParkedFacts>;
  reference: State;
  /**
   * Whether the item has a state, and the number of readings in earlier states that were forgotten or reset.
   */
  isBegun: boolean;
  logged: number;
  readonly words: WordFacts;
  /**
   * The wakes that the reference waits for, each tag with its due time, and the number of wakes that came.
   */
  readonly pending: Map<string, number>;
  woken: number;
  /** Readings that a forget dropped unapplied, and the copies of dead letters in the table, by sort key. */
  readonly dropped: Set<string>;
  readonly deadCopies: Map<string, MessageFacts | undefined>;
  item: Item | undefined;
  /** `environment/invocation` of the newest commit. */
  writer: string;
  /** The message identity of each receipt, and the receipts that any commit contained. */
  readonly identities: Map<string, string>;
  readonly receipts: Set<string>;
  readonly outputs: Map<string, string>;
  readonly delivered: Map<string, string>;
  lastDelivered: { version: number; index: number };
}

/** Operators' words about the state, by id. */
export interface WordFacts {
  readonly said: Map<string, MessageFacts>;
  readonly sequences: Map<string, string[]>;
  readonly heard: Set<string>;
  /** The newest sequence number when the key was restored: everything accepted before comes again. */
  putBackAt: string;
  /** Words of which SQS gave up a copy. */
  readonly lost: Set<string>;
}

export interface ParkedFacts extends MessageFacts {
  /** SQS's id of its message, and the time at which that was sent (epoch ms). */
  readonly messageId: string;
  readonly sentAt: number;
}

export interface SetAside {
  readonly times: number;
  readonly reading: Reading;
  /** Its place had passed, so it is set aside for good. */
  readonly late: boolean;
}

/** Request order: what the key was told, and the place that it may have reached. */
export interface OrderFacts {
  /** The messages of each place, by chunk, and the places that were given up. */
  readonly turns: Map<number, Map<number, MessageFacts>>;
  readonly tombstones: Set<number>;
  /** Places that the key passed, wholly or in part, because they did not arrive in time. */
  readonly passed: Set<number>;
  /** Whether a place stays empty. */
  readonly isHole: (place: number) => boolean;
  /**
   * Earliest time since which the key waits for the due place (epoch ms); undefined: it waits for nothing.
   */
  waits: { readonly due: number; readonly since: number } | undefined;
  /** The first place that has neither taken full effect nor been given up. */
  due: number;
  /** Place of the last applied reading. */
  last: Place & { readonly index: number };
}

export interface StopFacts {
  /**
   * Operators' words about each stop, counted when the queue accepts them, and how often the key continued
   * from it.
   */
  readonly words: Map<string, { resume: number; skip: number }>;
  readonly ended: Map<string, number>;
  /** The words by padded sequence number. */
  readonly wordAt: Map<string, MessageFacts>;
  /** The invocation whose commit stopped the key. */
  madeBy: string;
}

export function createKeyFacts(key: string, { places, firstAfterMinutes }: Mode): KeyFacts {
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
      passed: new Set(),
      isHole: (place) => places !== undefined && isHole(place, places),
      waits: undefined,
      due: firstAfterMinutes === undefined ? (places?.first ?? 1) : 1,
      last: { sequence: 0, chunk: 0, index: 0 },
    },
    stops: { words: new Map(), ended: new Map(), wordAt: new Map(), madeBy: '' },
    parked: new Map(),
    reference: FIRST_STATE,
    isBegun: false,
    logged: 0,
    words: { said: new Map(), sequences: new Map(), heard: new Set(), lost: new Set(), putBackAt: '' },
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

export function isDealt(facts: KeyFacts, slot: string): boolean {
  return facts.applied.has(slot) || facts.aside.has(slot) || facts.dropped.has(slot);
}

export function isComplete(facts: KeyFacts, message: MessageFacts): boolean {
  return message.slots.every(({ slot }) => isDealt(facts, slot));
}

/** Whether the message has taken effect in one of the contents with which it was read. */
export function isSettled(facts: KeyFacts, message: MessageFacts): boolean {
  return (facts.versions.get(message.identity) ?? [message]).some((version) => isComplete(facts, version));
}

/** The reading on which the item's key stopped; undefined if it runs. */
export function stopOf(item: Item | undefined): string | undefined {
  const text = item?.['stopped']?.S;
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return isRecord(value) ? stopName(String(value['receipt']), Number(value['index'])) : undefined;
}

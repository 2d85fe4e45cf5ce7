/**
 * What the oracle knows of each key, recorded outside the code under test: every message that the readings queue
 * admitted, and what the commits that landed have made of its readings.
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
  /** SQS's id of the message that brought it, and when that was sent (epoch ms). */
  readonly messageId: string;
  readonly sentAt: number;
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
  /** Places that the key passed over, wholly or in part, because they did not come in time. */
  readonly passed: Set<number>;
  /** Places that stay empty. */
  readonly isHole: (place: number) => boolean;
  /** Since when at the earliest the key has waited for what is due (epoch ms); undefined: it waits for nothing. */
  waits: { readonly due: number; readonly since: number } | undefined;
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

/** The reading at which an item says that its key stands still; undefined when it runs. */
export function stopOf(item: Item | undefined): string | undefined {
  const text = item?.['stopped']?.S;
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return isRecord(value) ? stopName(String(value['receipt']), Number(value['index'])) : undefined;
}

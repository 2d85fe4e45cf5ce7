/**
 * What the oracle knows of each key, recorded outside the code under test: every message that the readings queue
 * admitted, and what the commits that landed have made of its readings.
 *
 * A slot is a place for one effect: reading `index` of message `chunk` of one request for one key. Reads that differ
 * give one slot several contents; whichever is applied, it may be applied once.
 */
import { hash } from 'node:crypto';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { isRecord } from '../functions/json.ts';
import { contentId, type Reading, type State } from './model.ts';

/** One content of one message. */
export interface MessageFacts {
  readonly key: string;
  /** What its receipt stands for: the same for every content. */
  readonly identity: string;
  /** The identity of the message that the reader sends before this one, if the request has several. */
  readonly previous: string | undefined;
  readonly receipt: string;
  /** True for a reading that was set aside and comes back by itself. */
  readonly single: boolean;
  readonly slots: readonly SlotFacts[];
}

export interface SlotFacts {
  readonly slot: string;
  readonly content: string;
  readonly index: number;
  readonly reading: Reading;
  readonly message: MessageFacts;
  /** Sequence numbers under which the queue admitted it, padded. */
  readonly sequences: string[];
}

export interface KeyFacts {
  readonly key: string;
  readonly contents: Map<string, SlotFacts>;
  /** The contents of each message identity, in order of admission. */
  readonly versions: Map<string, MessageFacts[]>;
  readonly applied: Map<string, { readonly content: string; readonly sequence: string }>;
  readonly parked: Map<string, { readonly times: number; readonly reading: Reading }>;
  /** Requests and places in them whose reading was applied, whatever its content. */
  readonly natural: Set<string>;
  readonly parkedNatural: Set<string>;
  last: { sequence: string; index: number };
  reference: State;
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

export function createKeyFacts(key: string): KeyFacts {
  return {
    key,
    contents: new Map(),
    versions: new Map(),
    applied: new Map(),
    parked: new Map(),
    natural: new Set(),
    parkedNatural: new Set(),
    last: { sequence: '', index: 0 },
    reference: { h: 0, log: [] },
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
  const { request, key, chunk, index, readings } = value;
  if (typeof request !== 'string' || typeof key !== 'string' || !Array.isArray(readings)) return undefined;
  const single = typeof index === 'number';
  const parts = [request, String(chunk), ...(single ? [String(index)] : [])];
  const slots: SlotFacts[] = [];
  const message: MessageFacts = {
    ...{ key, identity: parts.join('|'), receipt: receiptOf(parts), single, slots },
    previous: single || chunk === 0 ? undefined : `${request}|${Number(chunk) - 1}`,
  };
  readings.forEach((reading: Reading, place) => {
    const at = single ? index : place;
    slots.push({
      slot: `${reading.r}|${chunk}|${at}`,
      content: contentId(reading),
      index: at,
      reading,
      message,
      sequences: [],
    });
  });
  return message;
}

/** 96 bits of a SHA-256 over the parts, each with its length before it. */
function receiptOf(parts: readonly string[]): string {
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'base64url').slice(0, 16);
}

export function isDealt(facts: KeyFacts, slot: string): boolean {
  return facts.applied.has(slot) || facts.parked.has(slot);
}

export function isComplete(facts: KeyFacts, message: MessageFacts): boolean {
  return message.slots.every(({ slot }) => isDealt(facts, slot));
}

/** Whether the message has taken effect in one of the contents that it was read with. */
export function isSettled(facts: KeyFacts, message: MessageFacts): boolean {
  return (facts.versions.get(message.identity) ?? [message]).some((version) => isComplete(facts, version));
}

/** Requests that a message belongs to, as the trace names them. */
export function requestsIn(message: MessageFacts): string {
  return [...new Set(message.slots.map(({ reading }) => `#${reading.r}`))].join(' ');
}

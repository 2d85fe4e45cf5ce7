/**
 * Checks of one commit at the moment it lands: chain (I4, I11), at most once (I2), order (I3), state and outputs equal
 * to the reference (I5, I7), poison (I8), receipts (I6). What was applied is read off the state, which lists it.
 */
import type { Item } from '../functions/aws/dynamo-items.ts';
import { isRecord } from '../functions/json.ts';
import {
  isComplete,
  isSettled,
  type KeyFacts,
  type MessageFacts,
  parseMessage,
  requestsIn,
  type SlotFacts,
} from './facts.ts';
import { applyReference, isPoison, type Output } from './model.ts';

export type Break = (invariant: string, text: string) => void;

export interface LandedCommit {
  readonly before: Item | undefined;
  readonly after: Item;
  readonly dead: readonly Item[];
  /** Receipts of a page of this key and lineage that is in the table. */
  readonly page: (number: number) => readonly string[];
  readonly build: number;
}

export function checkCommit(facts: KeyFacts, commit: LandedCommit, broken: Break): SlotFacts[] {
  const { after, before, dead, build } = commit;
  checkChain(facts, commit, broken);
  const alreadyParked = new Set(facts.parked.keys());
  const fresh = takeApplied(facts, commit, broken);
  const outputs = applyAll(facts, fresh, build, broken);
  const parked = takeParked(facts, dead, build, broken);
  const state = JSON.stringify(facts.reference);
  if (after['state']?.S !== state) {
    broken('I5 state', `the state is ${after['state']?.S}, the reference's is ${state}`);
  }
  checkCounts(facts, after, broken);
  checkOutputs(facts, after, outputs, broken);
  const dealt = [...fresh, ...parked];
  checkReceipts(facts, before, commit, dealt, alreadyParked, broken);
  facts.item = after;
  return dealt;
}

function checkChain(facts: KeyFacts, { before, after }: LandedCommit, broken: Break): void {
  const version = Number(after['version']?.N);
  const expected = Number(before?.['version']?.N ?? 0) + 1;
  if (version !== expected) broken('I4 chain', `version ${version} where ${expected} was due`);
  if (before !== undefined && before['lineage']?.S !== after['lineage']?.S) {
    broken('I4 chain', `lineage ${before['lineage']?.S} became ${after['lineage']?.S}`);
  }
  if (Number(before?.['format']?.N ?? 0) > Number(after['format']?.N)) {
    broken('I4 chain', 'an older build replaced an item of a newer one');
  }
  if (before !== facts.item) broken('I4 chain', 'the replaced item is not the one that was committed last');
}

/** The readings that the state lists now and did not list before. */
function takeApplied(facts: KeyFacts, { after }: LandedCommit, broken: Break): SlotFacts[] {
  const log = logOf(after['state']?.S ?? '');
  const known = facts.reference.log;
  if (log.length < known.length || known.some((content, index) => log[index] !== content)) {
    broken(
      'I11 base',
      `the state was made from another than the stored one: ${known.length} readings are known`,
    );
    return [];
  }
  return log.slice(known.length).flatMap((content) => {
    const slot = facts.contents.get(content);
    if (slot === undefined) broken('I5 state', `reading ${content} was never admitted to this key`);
    return slot ?? [];
  });
}

function logOf(state: string): string[] {
  const value: unknown = state === '' ? undefined : JSON.parse(state);
  const log = isRecord(value) ? value['log'] : undefined;
  return Array.isArray(log) ? log.map(String) : [];
}

function applyAll(facts: KeyFacts, fresh: readonly SlotFacts[], build: number, broken: Break): Output[] {
  const outputs: Output[] = [];
  for (const slot of fresh) {
    const { reading, content } = slot;
    const natural = `${reading.r}.${reading.s}`;
    if (facts.applied.has(slot.slot) || facts.natural.has(natural)) {
      broken('I2 at most once', `#${reading.r}: reading ${content} is applied a second time`);
    }
    if (isPoison(reading.t, build))
      broken('I8 poison', `#${reading.r}: ${reading.t} reading ${content} was applied`);
    const sequence = slot.sequences.find(
      (one) => one > facts.last.sequence || (one === facts.last.sequence && slot.index > facts.last.index),
    );
    if (sequence === undefined) {
      broken('I3 order', `#${reading.r}: reading ${content} is applied after one that was admitted later`);
    }
    facts.last = { sequence: sequence ?? facts.last.sequence, index: slot.index };
    facts.applied.set(slot.slot, { content, sequence: sequence ?? '' });
    facts.natural.add(natural);
    const applied = applyReference(facts.reference, reading);
    facts.reference = applied.state;
    outputs.push(...applied.outputs);
  }
  return outputs;
}

function takeParked(facts: KeyFacts, dead: readonly Item[], build: number, broken: Break): SlotFacts[] {
  return dead.flatMap((item) => {
    const slot = parseMessage(item['body']?.S ?? '')?.slots[0];
    if (slot === undefined) return [];
    const { reading, content } = slot;
    if (!isPoison(reading.t, build)) {
      broken('I8 poison', `#${reading.r}: sound reading ${content} was set aside: ${item['reason']?.S}`);
    }
    if (facts.applied.has(slot.slot)) {
      broken('I1 conservation', `#${reading.r}: reading ${content} was applied and is set aside`);
    }
    facts.parkedNatural.add(`${reading.r}.${reading.s}`);
    facts.parked.set(slot.slot, { times: (facts.parked.get(slot.slot)?.times ?? 0) + 1, reading });
    return slot;
  });
}

function checkCounts(facts: KeyFacts, after: Item, broken: Break): void {
  const count = (name: string) => Number(after[name]?.N ?? 0);
  const counted = count('applied') + count('skipped');
  const applied = facts.reference.log.length;
  if (counted !== applied) broken('I5 state', `${counted} readings are counted, ${applied} are applied`);
}

function checkOutputs(facts: KeyFacts, after: Item, outputs: readonly Output[], broken: Break): void {
  const expected = outputs.length === 0 ? undefined : JSON.stringify(outputs);
  if (after['outputs']?.S !== expected) {
    broken('I7 outputs', `outputs ${after['outputs']?.S} where ${expected} were due`);
  }
  const version = after['version']?.N;
  outputs.forEach((output, index) => {
    facts.outputs.set(`${facts.key}/${version}/${index}`, JSON.stringify(output));
  });
}

function checkReceipts(
  facts: KeyFacts,
  before: Item | undefined,
  { after, page }: LandedCommit,
  dealt: readonly SlotFacts[],
  alreadyParked: ReadonlySet<string>,
  broken: Break,
): void {
  const held = new Set(receiptsOf(after));
  const pages = Number(after['pages']?.N ?? 0);
  if (pages !== Number(before?.['pages']?.N ?? 0)) for (const receipt of page(pages)) held.add(receipt);
  for (const receipt of receiptsOf(before)) {
    if (!held.has(receipt)) broken('I6 receipts', `receipt ${receipt} left the item and is in no page`);
  }
  for (const message of completedBy(facts, dealt, alreadyParked)) {
    if (!held.has(message.receipt)) {
      broken(
        'I6 receipts',
        `${requestsIn(message)}: message ${message.identity} took effect without a receipt`,
      );
    }
  }
  for (const receipt of held) {
    if (facts.receipts.has(receipt)) continue;
    facts.receipts.add(receipt);
    const [message] = facts.versions.get(facts.identities.get(receipt) ?? '') ?? [];
    // A receipt without effect hides a loss.
    if (message !== undefined && !isSettled(facts, message)) {
      broken(
        'I6 receipts',
        `${requestsIn(message)}: message ${message.identity} has a receipt and no effect`,
      );
    }
  }
}

/** Messages that this commit brought to their end. What comes back by itself after it was set aside is another matter. */
function completedBy(
  facts: KeyFacts,
  dealt: readonly SlotFacts[],
  alreadyParked: ReadonlySet<string>,
): Set<MessageFacts> {
  const messages = dealt
    .filter(({ slot }) => !alreadyParked.has(slot))
    .flatMap(({ content }) => facts.contents.get(content)?.message ?? []);
  return new Set(messages.filter((message) => !message.single && isComplete(facts, message)));
}

/** Items never change, and each is asked for as the new one, as the one before, and at every repeat. */
const receipts = new WeakMap<Item, readonly string[]>();

export function receiptsOf(item: Item | undefined): readonly string[] {
  const bytes = item?.['receipts']?.B;
  if (item === undefined || bytes === undefined) return [];
  const known = receipts.get(item);
  if (known !== undefined) return known;
  const text = Buffer.from(bytes).toString('base64url');
  const list = Array.from({ length: text.length / 16 }, (_, index) =>
    text.slice(index * 16, index * 16 + 16),
  );
  receipts.set(item, list);
  return list;
}

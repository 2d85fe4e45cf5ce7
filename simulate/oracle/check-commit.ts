/**
 * Checks a commit when it lands: chain (I4, I11), at most once (I2), order (I3), state and outputs equal to
 * the reference (I5, I7), poison (I8), receipts (I6). The applied readings are read from the state, which
 * lists them.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { isRecord } from '../../functions/json.ts';
import type { Mode } from '../subject/mode.ts';
import { ADDED, isNewerItem } from '../world/newer-format.ts';
import { notePassed, noteWait } from './check-gaps.ts';
import { checkHistory } from './check-history.ts';
import { checkNext, checkTurn, nextOf } from './check-order.ts';
import { checkParked, checkStop, placesOf, type StopChange, takeParked } from './check-parked.ts';
import { checkReceipts, completedBy } from './check-receipts.ts';
import { isCulprit, noteAsked, takeWake } from './check-wakes.ts';
import { checkWords, hasFailedToMigrate } from './check-words.ts';
import { isSettled, type KeyFacts, stopOf } from './facts.ts';
import type { Break, LandedCommit, Unparked } from './landed-commit.ts';
import { type MessageFacts, parseMessage, requestsIn, type SlotFacts } from './message-facts.ts';
import { applyReference, askedBy, isPoison, type Output, type Reading } from './reference.ts';

/** What a commit did with the key's readings. */
export interface Dealt {
  readonly wakesAside: number;
  readonly applied: readonly SlotFacts[];
  readonly aside: readonly SlotFacts[];
  readonly late: readonly MessageFacts[];
  readonly unparked: readonly Unparked[];
  readonly stop: StopChange;
}

export function checkCommit(facts: KeyFacts, commit: LandedCommit, broken: Break): Dealt {
  const { after, dead } = commit;
  checkChain(facts, commit, broken);
  const word = checkWords(facts, commit, broken);
  const alreadyAside = new Set(facts.aside.keys());
  const unparked = takeParked(facts, commit, broken);
  // Readings that one commit sets aside or applies follow the order of their messages: earlier ones count for
  // later ones.
  const bodies = dead.flatMap((item) => parseMessage(item['body']?.S ?? '') ?? []);
  const late = bodies.filter(({ single }) => !single);
  const aside = bodies.flatMap(({ single, slots }) => (single ? slots : []));
  const fresh = takeApplied(facts, commit, broken);
  notePassed(facts, { taken: [...fresh, ...aside], late }, commit, broken);
  for (const message of late) {
    // A command to migrate waits among the letters until the migration is fixed.
    if (message.kind === 'migrate' && hasFailedToMigrate(facts, commit)) continue;
    if (!isBegunByAnotherRead(message, after)) takeLate(facts, message, unparked, commit, broken);
  }
  takeAside(facts, aside, commit, broken);
  takeWakesAside(facts, bodies, commit, broken);
  const outputs = applyAll(facts, fresh, commit, broken);
  const applied = fresh.filter((one) => typeof one !== 'string');
  for (const { reading, content, slot } of aside) {
    if (applied.some((other) => other.slot === slot)) {
      broken('I1 conservation', `#${reading.r}: reading ${content} is applied and set aside at once`);
    }
  }
  const stop = checkStop(facts, commit, applied, aside, word?.word === 'forget', broken);
  checkParked(facts, unparked, after, broken);
  checkNext(facts, after, broken);
  const state = JSON.stringify(facts.reference);
  // Without a state, `initial` has failed so far, so nothing can have been applied.
  if (after['unbegun'] === undefined ? after['state']?.S !== state : facts.reference.log.length > 0) {
    broken('I5 state', `the state is ${after['state']?.S}, the reference's is ${state}`);
  }
  checkCounts(facts, after, broken);
  checkOutputs(facts, after, outputs, broken);
  checkHistory(commit, { fresh, outputs: outputs.length, isForget: word?.word === 'forget' }, broken);
  const dealt = [...applied, ...aside].filter(({ slot }) => !alreadyAside.has(slot));
  checkReceipts(facts, commit, completedBy(facts, dealt, unparked, late), broken);
  noteWait(facts, commit);
  facts.item = after;
  const wakesAside = bodies.filter(({ kind }) => kind === 'wake').length;
  return { applied, aside, late, unparked, stop, wakesAside };
}

function checkChain(facts: KeyFacts, { before, after, build }: LandedCommit, broken: Break): void {
  const version = Number(after['version']?.N);
  const expected = Number(before?.['version']?.N ?? 0) + 1;
  if (version !== expected) broken('I4 chain', `version ${version} where ${expected} was due`);
  if (before !== undefined && before['lineage']?.S !== after['lineage']?.S) {
    broken('I4 chain', `lineage ${before['lineage']?.S} became ${after['lineage']?.S}`);
  }
  if (isNewerItem(before) && !isNewerItem(after)) {
    broken('I4 chain', 'an older build replaced an item of a newer one');
  }
  if (build === 1 && after[ADDED]?.S !== before?.[ADDED]?.S) {
    broken(
      'I4 chain',
      `an attribute that build 1 does not know was ${before?.[ADDED]?.S}, now ${after[ADDED]?.S}`,
    );
  }
  if (before !== facts.item) broken('I4 chain', 'the replaced item is not the one that was committed last');
}

/** The readings that the state newly lists; a wake as the state lists it. */
function takeApplied(facts: KeyFacts, { after }: LandedCommit, broken: Break): (SlotFacts | string)[] {
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
    if (content.startsWith('wake ')) return content;
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

function applyAll(
  facts: KeyFacts,
  fresh: readonly (SlotFacts | string)[],
  commit: LandedCommit,
  broken: Break,
): Output[] {
  const { build, mode, after } = commit;
  const outputs: Output[] = [];
  for (const slot of fresh) {
    if (typeof slot === 'string') {
      takeWake(facts, slot, commit, broken);
      continue;
    }
    const { reading, content } = slot;
    const natural = `${reading.r}.${reading.s}`;
    if (facts.applied.has(slot.slot) || facts.natural.has(natural)) {
      broken('I2 at most once', `#${reading.r}: reading ${content} is applied a second time`);
    }
    // If SQS gave up a forget halfway, it may have dropped copies of letters. Until the forget is complete, a
    // redrive counts.
    if (facts.dropped.delete(slot.slot) && after['forgotten'] !== undefined)
      broken('I15 words', `#${reading.r}: reading ${content} was dropped by a forget, and is applied`);
    // With merges, the first build also merges readings that only a reader of the second build can compute.
    if (isPoison(reading.t, mode.merges ? 2 : build))
      broken('I8 poison', `#${reading.r}: ${reading.t} reading ${content} was applied`);
    const sequence = checkTurn(facts, slot, mode, broken);
    facts.applied.set(slot.slot, { content, sequence });
    facts.natural.add(natural);
    const applied = applyReference(facts.reference, reading);
    facts.reference = applied.state;
    if (mode.wakes) noteAsked(facts, askedBy(reading));
    outputs.push(...applied.outputs);
  }
  return outputs;
}

/** Readings that were set aside one by one: compute threw on them, or an operator skipped them. */
function takeAside(facts: KeyFacts, slots: readonly SlotFacts[], commit: LandedCommit, broken: Break): void {
  const { build, mode, dead, after, trials } = commit;
  const isUncomputed = after['unbegun'] !== undefined || hasFailedToMigrate(facts, commit);
  for (const own of slots) {
    const { slot, reading, content } = own;
    const isCulprit = isPoison(reading.t, build) || isUncomputed;
    if (mode.poison === 'quarantine' && !isCulprit && !trials.endedFunctions(facts.key, placesOf(own))) {
      const reasons = dead.map((item) => item['reason']?.S).join('; ');
      broken('I8 poison', `#${reading.r}: sound reading ${content} was set aside: ${reasons}`);
    }
    if (facts.applied.has(slot)) {
      broken('I1 conservation', `#${reading.r}: reading ${content} was applied and is set aside`);
    }
    setAside(facts, slot, reading, false);
  }
}

/** Wakes that were set aside: the pipeline throws on them, or they ended functions. Where keys stop, an operator skipped them. */
function takeWakesAside(
  facts: KeyFacts,
  bodies: readonly MessageFacts[],
  commit: LandedCommit,
  broken: Break,
): void {
  const { after, before, mode, build, trials } = commit;
  const from = stopOf(before);
  for (const message of bodies.filter(({ kind }) => kind === 'wake')) {
    const places = placesOf({ message, index: 0 });
    if (mode.poison === 'stop') {
      if (from === undefined || !places.includes(from) || (facts.stops.words.get(from)?.skip ?? 0) === 0)
        broken('I8 poison', `wake ${message.identity} was set aside and nobody said skip`);
      continue;
    }
    const isUncomputed = after['unbegun'] !== undefined || hasFailedToMigrate(facts, commit);
    if (!isUncomputed && !isCulprit(facts, message, build) && !trials.endedFunctions(facts.key, places))
      broken('I8 poison', `sound wake ${message.identity} was set aside`);
  }
}

function setAside(facts: KeyFacts, slot: string, reading: Reading, late: boolean): void {
  facts.asideNatural.add(`${reading.r}.${reading.s}`);
  facts.aside.set(slot, { times: (facts.aside.get(slot)?.times ?? 0) + 1, reading, late });
}

/**
 * Its first readings came from another read, and the rest of that read is still to come, so nothing of this
 * read counts.
 */
function isBegunByAnotherRead({ receipt, read, isPartial }: MessageFacts, after: Item): boolean {
  const partly: unknown = JSON.parse(after['partly']?.S ?? '[]');
  return (
    Array.isArray(partly) &&
    partly.some((part) => part?.receipt === receipt && (part.read !== read || (isPartial && part.count > 0)))
  );
}

/**
 * Messages that were set aside whole. Only these may be: a message whose place was given up, or one from
 * another read than the earlier messages of its request. A message that waited for its place may not.
 */
function takeLate(
  facts: KeyFacts,
  message: MessageFacts,
  unparked: readonly Unparked[],
  commit: LandedCommit,
  broken: Break,
): void {
  const { sequence, chunk } = message.place;
  const { tombstones, passed, turns } = facts.order;
  const about = `${requestsIn(message)}: message ${message.identity}`;
  const before = Array.from({ length: chunk }, (_, index) => turns.get(sequence)?.get(index));
  const attemptOf = ({ slots }: MessageFacts) => slots[0]?.reading.a;
  const isOfAnotherRead = before.some(
    (other) => other !== undefined && attemptOf(other) !== attemptOf(message),
  );
  // A message without readings takes full effect when it is accepted, so a gap that passes its place is not
  // recorded.
  const isEmptyAndPassed =
    mayPassGaps(commit.mode) && message.slots.length === 0 && nextOf(commit.before).sequence > sequence;
  const isGivenUp = tombstones.has(sequence) || passed.has(sequence) || isEmptyAndPassed;
  if (commit.mode.order === 'arrival' || !(isGivenUp || isOfAnotherRead)) {
    broken('I8 poison', `${about} was set aside whole, and its place was never given up`);
  }
  const isLate = ({ slots }: MessageFacts) => slots.some(({ slot }) => facts.aside.get(slot)?.late);
  const hadItsTurn = before.every(
    (other) => other !== undefined && !isLate(other) && isSettled(facts, other),
  );
  if (hadItsTurn && unparked.some(({ message: { identity } }) => identity === message.identity)) {
    broken('I3 order', `${about} was parked when its turn came, and its turn was passed over`);
  }
  for (const { slot, reading } of message.slots) setAside(facts, slot, reading, true);
}

function mayPassGaps({ skipAfterMinutes, firstAfterMinutes }: Mode): boolean {
  return skipAfterMinutes !== undefined || firstAfterMinutes !== undefined;
}

function checkCounts(facts: KeyFacts, after: Item, broken: Break): void {
  const count = (name: string) => Number(after[name]?.N ?? 0);
  const counted = count('applied') + count('skipped');
  const applied = facts.logged + facts.reference.log.length - facts.woken;
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

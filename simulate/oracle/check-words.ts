/**
 * I15 words and versions: what an operator said about the state of a key has its effect once, alone in its commit and in
 * its turn; what a forget dropped is gone for good; a state has the version of the build that wrote it, and none goes back.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { droppedReceiptOf } from '../../functions/message-ids.ts';
import { receiptsOf } from './check-receipts.ts';
import { isDealt, type KeyFacts } from './facts.ts';
import type { Break, LandedCommit } from './landed-commit.ts';
import { type MessageFacts, requestsIn } from './message-facts.ts';
import { FIRST_STATE, migrateReference } from './reference.ts';

interface Entry {
  readonly word: 'forget' | 'reset';
  readonly version: number;
  readonly id: string;
}

/** To be called before the readings of the commit are looked at: it brings the reference to what they were computed on. */
export function checkWords(facts: KeyFacts, commit: LandedCommit, broken: Break): Entry | undefined {
  const { before, after } = commit;
  const entry = historyOf(after).find(({ version }) => String(version) === after['version']?.N);
  checkVersion(facts, commit, broken);
  if (entry === undefined) return undefined;
  const about = `${entry.word} ${entry.id}`;
  const word = facts.words.said.get(entry.id);
  if (word === undefined) broken('I15 words', `${about} was never said`);
  if (facts.words.heard.has(entry.id)) broken('I15 words', `${about} has a second effect`);
  facts.words.heard.add(entry.id);
  checkTurnOf(facts, entry, broken);
  // What the state listed so far it lists no more.
  facts.logged += facts.reference.log.length;
  facts.reference = word?.to ?? FIRST_STATE;
  if (entry.word === 'forget') checkForgotten(facts, before, after, broken);
  else facts.isBegun = true;
  return entry;
}

function checkVersion(
  facts: KeyFacts,
  { before, after, build, secondBuild, trials }: LandedCommit,
  broken: Break,
): void {
  const newest = secondBuild === 'another state' ? build : 1;
  const version = versionOf(after);
  if (after['state'] === undefined) {
    facts.isBegun = false;
    return;
  }
  if (version !== newest && !isMigrateCondemned(facts, { before, after, trials }))
    broken('I15 words', `build ${build} wrote a state of version ${version}`);
  if (!facts.isBegun) facts.reference = newest === 2 ? { ...FIRST_STATE, m: 0 } : FIRST_STATE;
  else if (before !== undefined && versionOf(before) > version)
    broken('I4 chain', `a state of version ${versionOf(before)} was replaced by one of version ${version}`);
  else if (before !== undefined && versionOf(before) < version)
    facts.reference = migrateReference(facts.reference);
  facts.isBegun = true;
}

/**
 * Functions ended while migrate was on trial, so migrate is held guilty as a reading would be: the state stays as it was, and
 * what came is set aside.
 */
export function isMigrateCondemned(
  { key }: KeyFacts,
  { before, after, trials }: Pick<LandedCommit, 'before' | 'after' | 'trials'>,
): boolean {
  const stays = before?.['state']?.S !== undefined && before['state'].S === after['state']?.S;
  return stays && versionOf(before) === versionOf(after) && trials.endedFunctions(key, ['migrate:0']);
}

/** Everything that was admitted before it is dealt with, or parked; nothing that was admitted behind it is. */
function checkTurnOf(facts: KeyFacts, { word, id }: Entry, broken: Break): void {
  const [sequence = '', ...others] = facts.words.sequences.get(id) ?? [];
  // Of several copies, or of one that SQS gave up, it is not known which was heard.
  if (others.length > 0 || facts.words.lost.has(id)) return;
  const parked = new Set([...facts.parked.values()].flatMap(({ slots }) => slots.map(({ slot }) => slot)));
  for (const { slot, sequences, lost, reading } of facts.contents.values()) {
    if (lost.size > 0) continue;
    if (sequences[0] !== undefined && sequences[0] < sequence && !isDealt(facts, slot) && !parked.has(slot))
      broken('I15 words', `${word} ${id} came before #${reading.r}, which was admitted before it`);
  }
}

function checkForgotten(facts: KeyFacts, before: Item | undefined, after: Item, broken: Break): void {
  facts.isBegun = false;
  facts.pending.clear();
  for (const name of ['state', 'stopped', 'parked', 'partly', 'lastSkip', 'outputs'])
    if (after[name] !== undefined) broken('I15 words', `a forgotten key keeps its ${name}`);
  if (facts.deadCopies.size > 0)
    broken('I15 words', `a forgotten key keeps ${facts.deadCopies.size} copies of dead letters`);
  // The rest of a message that was cut is dropped.
  const partly: unknown = JSON.parse(before?.['partly']?.S ?? '[]');
  const receipts = Array.isArray(partly) ? partly.map((part) => String(part?.receipt)) : [];
  for (const receipt of receipts)
    for (const version of facts.versions.get(facts.identities.get(receipt) ?? '') ?? []) drop(facts, version);
}

/** Whether the commit says of a parked message that is gone that it was dropped. */
export function isDropped({ receipt }: MessageFacts, { before, after, page }: LandedCommit): boolean {
  const pages = Number(after['pages']?.N ?? 0);
  const rolled = pages === Number(before?.['pages']?.N ?? 0) ? [] : page(pages);
  return [...receiptsOf(after), ...rolled].includes(droppedReceiptOf(receipt));
}

export function drop(facts: KeyFacts, message: MessageFacts): void {
  for (const { slot, reading } of message.slots) {
    if (facts.applied.has(slot)) continue;
    facts.dropped.add(slot);
    facts.asideNatural.add(`${reading.r}.${reading.s}`);
  }
}

/** Something is dropped only where somebody said that the key be forgotten, and has not been obeyed yet. */
export function checkMayDrop(
  facts: KeyFacts,
  message: MessageFacts,
  commit: LandedCommit,
  broken: Break,
): void {
  const waits = [...facts.words.said.keys()].some((id) => !facts.words.heard.has(id));
  const now = historyOf(commit.after).some(({ version }) => String(version) === commit.after['version']?.N);
  if (!waits && !now) broken('I15 words', `${requestsIn(message)} was dropped, and nobody said so`);
}

function historyOf(item: Item): Entry[] {
  return JSON.parse(item['history']?.S ?? '[]');
}

function versionOf(item: Item): number {
  return Number(item['stateVersion']?.N ?? 1);
}

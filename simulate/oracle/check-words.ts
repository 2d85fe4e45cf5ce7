/**
 * I15 words and versions. An operator's word about the state of a key takes effect once, alone in its commit
 * and in its order. Readings that a forget dropped are gone for good. A state has the version of the build
 * that wrote it, and versions never go back.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { droppedReceiptOf } from '../../functions/message-ids.ts';
import { findDue, nextOf } from './check-order.ts';
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

/**
 * Call it before the readings of the commit are checked: it sets the reference to the state on which they
 * were computed.
 */
export function checkWords(facts: KeyFacts, commit: LandedCommit, broken: Break): Entry | undefined {
  const { after } = commit;
  const entry = historyOf(after).find(({ version }) => String(version) === after['version']?.N);
  checkVersion(facts, commit, broken);
  if (entry === undefined) return undefined;
  const about = `${entry.word} ${entry.id}`;
  const word = facts.words.said.get(entry.id);
  if (word === undefined) broken('I15 words', `${about} was never said`);
  if (facts.words.heard.has(entry.id)) broken('I15 words', `${about} has a second effect`);
  facts.words.heard.add(entry.id);
  checkTurnOf(facts, entry, broken);
  // The new state no longer lists the earlier readings.
  facts.logged += facts.reference.log.length;
  facts.reference = word?.to ?? FIRST_STATE;
  if (entry.word === 'forget') checkForgotten(facts, commit, broken);
  else facts.isBegun = true;
  return entry;
}

function checkVersion(facts: KeyFacts, commit: LandedCommit, broken: Break): void {
  const { before, after, build, secondBuild } = commit;
  const newest = secondBuild === 'another state' ? build : 1;
  const version = versionOf(after);
  if (after['state'] === undefined) {
    facts.isBegun = false;
    return;
  }
  if (version !== newest && !hasFailedToMigrate(facts, commit))
    broken('I15 words', `build ${build} wrote a state of version ${version}`);
  if (!facts.isBegun) facts.reference = newest === 2 ? { ...FIRST_STATE, m: 0 } : FIRST_STATE;
  else if (before !== undefined && versionOf(before) > version)
    broken('I4 chain', `a state of version ${versionOf(before)} was replaced by one of version ${version}`);
  else if (before !== undefined && versionOf(before) < version)
    facts.reference = migrateReference(facts.reference);
  facts.isBegun = true;
}

/**
 * The migration fails, or functions ended while migrate was on trial, so migrate is condemned like a reading: the state stays
 * unchanged, and the messages are set aside.
 */
export function hasFailedToMigrate(
  { key }: KeyFacts,
  { before, after, build, trials, failsToMigrate }: LandedCommit,
): boolean {
  const stays = before?.['state']?.S !== undefined && before['state'].S === after['state']?.S;
  if (!stays || versionOf(before) !== versionOf(after)) return false;
  const fails = failsToMigrate && versionOf(before) < build;
  return fails || trials.endedFunctions(key, ['migrate:0']);
}

/** Everything accepted before the word is processed or parked; nothing accepted after it is. */
function checkTurnOf(facts: KeyFacts, { word, id }: Entry, broken: Break): void {
  const [sequence = '', ...others] = facts.words.sequences.get(id) ?? [];
  // If there are several copies, or SQS gave one up, it is unknown which one was processed.
  if (others.length > 0 || facts.words.lost.has(id)) return;
  const parked = new Set([...facts.parked.values()].flatMap(({ slots }) => slots.map(({ slot }) => slot)));
  for (const { slot, sequences, lost, reading } of facts.contents.values()) {
    if (lost.size > 0) continue;
    const first = sequences.find((one) => one > facts.words.putBackAt);
    if (first !== undefined && first < sequence && !isDealt(facts, slot) && !parked.has(slot))
      broken('I15 words', `${word} ${id} came before #${reading.r}, which was admitted before it`);
  }
}

function checkForgotten(facts: KeyFacts, commit: LandedCommit, broken: Break): void {
  const { before, after } = commit;
  facts.isBegun = false;
  facts.pending.clear();
  for (const name of ['state', 'stopped', 'parked', 'partly', 'lastSkip', 'outputs'])
    if (after[name] !== undefined) broken('I15 words', `a forgotten key keeps its ${name}`);
  if (facts.deadCopies.size > 0)
    broken('I15 words', `a forgotten key keeps ${facts.deadCopies.size} copies of dead letters`);
  // The rest of a divided message is dropped.
  const partly: unknown = JSON.parse(before?.['partly']?.S ?? '[]');
  const receipts = Array.isArray(partly) ? partly.map((part) => String(part?.receipt)) : [];
  for (const receipt of receipts)
    for (const version of facts.versions.get(facts.identities.get(receipt) ?? '') ?? []) drop(facts, version);
  if (commit.mode.order === 'request') passForgotten(facts, after);
}

/** The turns of what was dropped are over, and with them all before: what comes of those later is set aside. */
function passForgotten(facts: KeyFacts, after: Item): void {
  const { sequence } = nextOf(after);
  for (let place = findDue(facts); place < sequence; place = findDue(facts)) facts.order.passed.add(place);
}

/** Whether the commit records that a parked message, which is now gone, was dropped. */
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

/** Readings may be dropped only while a forget of the key has been requested and is not complete. */
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

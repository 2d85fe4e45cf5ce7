/** Judges each commit when it lands in the table, with everything that was written with it. */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { SHADOW_SORT_KEY } from '../../functions/item-names.ts';
import type { Landing } from '../world/network.ts';
import { ADDED } from '../world/newer-format.ts';
import type { SecondBuild } from '../world/second-build.ts';
import { checkCommit, type Dealt } from './check-commit.ts';
import { findDue } from './check-order.ts';
import { receiptsOf } from './check-receipts.ts';
import { isStoppedAt } from './check-wakes.ts';
import { drop } from './check-words.ts';
import type { KeyFacts } from './facts.ts';
import type { Invocations } from './invocations.ts';
import { judgeShadows } from './judge-shadows.ts';
import type { ParkedChange } from './landed-commit.ts';
import { type Ledger, name } from './ledger.ts';
import { parseMessage } from './message-facts.ts';

export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export type StoredItem = (pk: string, sk: string) => Item | undefined;

export function judgeWrites(
  ledger: Ledger,
  invocations: Invocations,
  item: StoredItem,
  secondBuild: SecondBuild,
) {
  const { broken, count } = ledger;
  const shadows = judgeShadows(ledger);
  return (landing: Landing, changes: readonly Change[]): void => {
    const dead: Item[] = [];
    const parked: ParkedChange[] = [];
    const states: (Change & { readonly after: Item })[] = [];
    for (const { before, after } of changes) {
      const sk = (after ?? before)?.['sk']?.S;
      if (sk === undefined) continue; // An item that a forget deletes may be absent.
      if (sk === SHADOW_SORT_KEY) {
        if (after !== undefined) shadows.written(before, after);
        continue;
      }
      if (sk === 'trial') {
        ledger.trials.noted(landing.invocation, after);
        // Trial marks decide the order of trials and condemnations, which are judged by their effects. Single
        // readings cost more calls.
        if (isTriedOneByOne(after)) invocations.disturbed(landing.invocation);
        continue;
      }
      if (sk.startsWith('dead/')) noteCopy(sk, before, after, ledger);
      if (sk.startsWith('parked/')) parked.push({ sk, before, after });
      else if (sk.startsWith('dead/') && after === undefined) continue;
      else if (after === undefined) broken('I1 conservation', `${sk} was deleted`, landing.invocation);
      else if (sk === 'state') states.push({ before, after });
      else if (sk.startsWith('dead/')) dead.push(after);
      else if (before === undefined) count('pageWritten');
      else if (receiptsOf(before).join() !== receiptsOf(after).join()) {
        broken('I6 receipts', `page ${sk} was written again with other receipts`, after['pk']?.S ?? '');
      }
    }
    for (const one of dead)
      if (/ended the whole function/.test(one['reason']?.S ?? '')) count('condemnedByItsMark');
    for (const change of states) {
      const { applied } = commit(landing, change, dead, parked, ledger, invocations, item, secondBuild);
      const { pk, lineage, version, forgotten } = change.after;
      shadows.committed(pk?.S ?? '', lineage?.S ?? '', Number(version?.N), applied);
      const isForget = forgotten !== undefined && forgotten.S !== change.before?.['forgotten']?.S;
      if (isForget && item(pk?.S ?? '', SHADOW_SORT_KEY) !== undefined)
        broken('I20 shadow', 'a forget leaves the shadow behind', name(pk?.S ?? ''));
    }
    if (states.length > 0) return;
    if (parked.length > 0)
      broken('I1 conservation', 'something is parked without a commit', landing.invocation);
    for (const one of dead) bury(one, ledger);
  };
}

function commit(
  landing: Landing,
  { before, after }: { readonly before: Item | undefined; readonly after: Item },
  dead: readonly Item[],
  parked: readonly ParkedChange[],
  ledger: Ledger,
  invocations: Invocations,
  item: StoredItem,
  secondBuild: SecondBuild,
): Dealt {
  const { mode, trace, broken } = ledger;
  const key = after['pk']?.S ?? '';
  const facts = ledger.factsOf(key);
  const lineage = after['lineage']?.S ?? '';
  const dueBefore = facts.order.due;
  const dealt = checkCommit(
    facts,
    {
      before,
      after,
      dead,
      parked,
      mode,
      now: ledger.now(),
      build: landing.caller.build,
      trials: ledger.trials,
      secondBuild,
      failsToMigrate: ledger.migrations?.has(key) === true,
      page: (number) => receiptsOf(item(key, `page/${lineage}/${String(number).padStart(10, '0')}`)),
    },
    (invariant, text) => broken(invariant, text, name(key)),
  );
  trace.add(
    `${landing.invocation} committed version ${after['version']?.N} of ${name(key)} ${describe(dealt)}`,
  );
  countBranches(facts, before, after, dealt, parked, dueBefore, ledger);
  if (landing.caller.build === 1 && before?.[ADDED] !== undefined) ledger.count('unknownAttribute');
  if (after['partly'] !== undefined) ledger.count('partialApplication');
  const isKept = before?.['state'] !== undefined && before['state'].S === after['state']?.S;
  const costsMore =
    needsMore(before, after, parked) ||
    isTriedOneByOne(item(key, 'trial')) ||
    (isKept && ledger.migrations?.has(key) === true);
  invocations.committed(landing, key, before !== undefined, costsMore);
  facts.writer = landing.invocation;
  if (dealt.stop.stoppedAnew) facts.stops.madeBy = landing.invocation;
  return dealt;
}

/**
 * Parked messages cost more than a load and a put. So does a key whose initial fails: all its readings are
 * set aside.
 */
function needsMore(before: Item | undefined, after: Item, parked: readonly ParkedChange[]): boolean {
  const isWord = before?.['history']?.S !== after['history']?.S;
  return parked.length > 0 || before?.['parked'] !== undefined || after['unbegun'] !== undefined || isWord;
}

/** Under such a mark a commit handles one reading, even one that is only set aside. */
function isTriedOneByOne(trial: Item | undefined): boolean {
  return Number(trial?.['deaths']?.N ?? 0) > 1;
}

function describe({ applied, aside, late, unparked, stop }: Dealt): string {
  const requests = [...applied, ...aside].map(({ reading }) => `#${reading.r}`);
  const parts = [`with ${[...new Set(requests)].join(' ')}`];
  if (late.length > 0)
    parts.push(`late ${late.flatMap(({ slots }) => slots.map(({ reading }) => `#${reading.r}`)).join(' ')}`);
  if (unparked.length > 0) parts.push(`${unparked.length} taken up`);
  if (stop.before !== stop.after)
    parts.push(stop.after === undefined ? 'running again' : `stopped at ${stop.after}`);
  return parts.join(', ');
}

function countBranches(
  facts: KeyFacts,
  before: Item | undefined,
  after: Item,
  { applied, aside, late, unparked, stop, wakesAside }: Dealt,
  parked: readonly ParkedChange[],
  dueBefore: number,
  { mode, count, requests }: Ledger,
): void {
  const stops = mode.poison === 'stop';
  for (const { slot } of aside) {
    count(stops ? 'skipped' : 'quarantined');
    if ((facts.aside.get(slot)?.times ?? 0) > 1) count('quarantinedAgain');
  }
  for (const { slot } of applied) if (facts.aside.has(slot)) count('redrivenApplied');
  for (let index = 0; index < wakesAside; index += 1) count('wakeSetAside');
  for (const _ of late) count('lateBehindTombstone');
  const added = parked.filter((change) => change.after !== undefined).length;
  for (let index = 0; index < added; index += 1)
    count(stop.before === undefined ? 'parked' : 'parkedWhileStopped');
  if (unparked.length > 0) count('drained');
  if (unparked.length > 0 && stop.after === undefined && after['parked'] !== undefined)
    count('drainedInPart');
  for (let place = dueBefore; place < findDue(facts); place += 1) {
    if (facts.order.passed.has(place)) count('gapTimedOut');
    else if (facts.order.tombstones.has(place)) count('gapPassed');
    else if (
      requests.some(
        ({ plan: { turn }, deadLettered }) =>
          turn?.key === facts.key && turn.sequence === place && deadLettered.length > 0,
      )
    )
      count('gapWaited');
  }
  if (stop.stoppedAnew) count('stopped');
  if (
    [...facts.parked.values()].some((message) => stop.stoppedAnew && isStoppedAt(message, stop.after ?? ''))
  )
    count('stoppedAtWake');
  if (stop.went && aside.length === 0) count('resumed');
  for (const [at, { about }] of facts.stops.wordAt) {
    if (at <= (before?.['sequenceNumber']?.S ?? '') || at > (after['sequenceNumber']?.S ?? '')) continue;
    if (about !== stop.before) count('wordIgnored');
    else if (stop.after === stop.before) count('resumedInVain');
  }
}

/** A copy that is deleted counts as dropped, which only a forget may do. */
function noteCopy(sk: string, before: Item | undefined, after: Item | undefined, ledger: Ledger): void {
  const facts = ledger.factsOf((after ?? before)?.['pk']?.S ?? '');
  const message = parseMessage((after ?? before)?.['body']?.S ?? '');
  if (after !== undefined) {
    facts.deadCopies.set(sk, message);
    return;
  }
  facts.deadCopies.delete(sk);
  if (message !== undefined) drop(facts, message);
  if (facts.words.said.size === 0)
    ledger.broken('I1 conservation', `${sk} was deleted, and nobody said so`, name(facts.key));
}

function bury(item: Item, { junk, broken }: Ledger): void {
  const found = junk.get(item['body']?.S ?? '');
  if (found !== undefined) found.buried = true;
  else broken('I8 poison', 'a sound message was buried as junk', item['body']?.S ?? '');
}

/**
 * Operators restore a key from a backup, as in docs/runbook.md ("Restore to a point in time"): stop the
 * mappings, wait until nothing is in transit and six minutes longer, put back the item, its pages and its
 * parked messages, drop the dead letters since then, replace the warm environments, start the mappings, and
 * submit every request again under its own id. Then everything takes effect once more. Two mistakes are drawn
 * too: pages newer than the item remain, or the item's own pages are missing.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { KeyFacts } from '../oracle/facts.ts';
import { parseMessage } from '../oracle/message-facts.ts';
import { backUpFacts } from '../oracle/rewind.ts';
import { attributesOf, type Workload } from '../subject/sample-requests.ts';
import type { Chance } from './chance.ts';
import { queueOfProducer } from './lanes.ts';
import type { World } from './world.ts';

const BACKUP_TRIES = 8;
/** Attempts to find a key with pages, which has more to lose. */
const TRIES_FOR_PAGES = 5;
const RESTORE_TRIES = 4;
const LOOK_MS = 15_000;
const PATIENCE_MS = 3 * 3_600_000;
/** SQS drops a repeat within five minutes of the first send. */
const STANDSTILL_MS_MIN = 6 * 60_000;

interface Backup {
  readonly facts: KeyFacts;
  readonly item: Item;
  readonly parked: ReadonlyMap<string, Item | undefined>;
  readonly pages: ReadonlyMap<string, Item | undefined>;
  /** Names of the first copies of the key's dead letters. */
  readonly dead: ReadonlySet<string>;
  /** Number of words about its state that had taken effect. */
  readonly words: number;
  readonly putFactsBack: () => void;
}

/**
 * Once, in some of the seeds in which every request has an id; other requests cannot be submitted again.
 * Returns a function that repairs the mistakes, or undefined in the other seeds.
 */
export function scheduleRestore(world: World, chance: Chance, healAt: number): (() => void) | undefined {
  const { clock, faults, workload } = world;
  if (faults.calm || workload.requests.some(({ id }) => id === undefined)) return undefined;
  const repairs: (() => void)[] = [];
  const act = async (): Promise<void> => {
    for (let attempt = 0; attempt < RESTORE_TRIES; attempt += 1) {
      const backup = await backUp(world, chance);
      if (backup === undefined) return;
      await clock.sleep(chance.spread(1_000, Math.max(2_000, healAt - clock.now())));
      if (await restore(backup, world, chance, repairs)) return;
    }
  };
  void act();
  return () => {
    for (const repair of repairs.splice(0)) repair();
  };
}

/**
 * Only keys without dead letters: a letter that was redriven since is in no queue, and a backup does not
 * bring it back.
 */
async function backUp(
  { clock, oracle, table, workload }: World,
  chance: Chance,
): Promise<Backup | undefined> {
  for (let attempt = 0; attempt < BACKUP_TRIES; attempt += 1) {
    await clock.sleep(chance.between(workload.spanMs / 20, workload.spanMs / 3));
    const known = [...oracle.keys.values()].filter(
      (facts) =>
        facts.item !== undefined && facts.aside.size === 0 && !isBegunToBeReadOtherwise(facts, workload),
    );
    if (known.length === 0) continue;
    const withPages = known.filter(({ item }) => item?.['pages'] !== undefined);
    if (withPages.length === 0 && attempt < TRIES_FOR_PAGES) continue;
    const facts = chance.pick(withPages.length > 0 ? withPages : known);
    const { key, item } = facts;
    if (item === undefined) continue;
    const itemsOf = (kind: string) => {
      const names = table.sortKeys(key, `${kind}/${item['lineage']?.S}/`);
      return new Map(names.map((sk) => [sk, table.item(key, sk)]));
    };
    return {
      facts,
      item,
      parked: itemsOf('parked'),
      pages: itemsOf('page'),
      dead: new Set(table.sortKeys(key, 'dead/')),
      words: facts.words.heard.size,
      putFactsBack: backUpFacts(facts),
    };
  }
  return undefined;
}

/**
 * The rest of a divided message is only in the queue, and another read of its request does not replace it.
 */
function isBegunToBeReadOtherwise({ item, identities, versions }: KeyFacts, { requests }: Workload): boolean {
  const partly: unknown = JSON.parse(item?.['partly']?.S ?? '[]');
  const receipts = Array.isArray(partly) ? partly.map((part) => String(part?.receipt)) : [];
  return receipts.some((receipt) => {
    const [message] = versions.get(identities.get(receipt) ?? '') ?? [];
    const kind = requests[message?.slots[0]?.reading.r ?? -1]?.kind;
    return kind === 'reorders' || kind === 'varies';
  });
}

async function restore(
  backup: Backup,
  world: World,
  chance: Chance,
  repairs: (() => void)[],
): Promise<boolean> {
  const { clock, faults, mappings, trace } = world;
  if (faults.healed) return false;
  trace.add(`operator stops the mappings to put ${JSON.stringify(backup.facts.key)} back`);
  mappings.stop();
  const stoppedAt = clock.now();
  let busyAt = stoppedAt;
  const isQuiet = (): boolean => {
    if (mappings.running > 0 || !isDrained(world)) busyAt = clock.now();
    return clock.now() - busyAt >= STANDSTILL_MS_MIN;
  };
  while (!isQuiet() && !faults.healed && clock.now() - stoppedAt < PATIENCE_MS) await clock.sleep(LOOK_MS);
  const done = isQuiet() && !faults.healed && canBePutBack(backup, world);
  if (done) putBack(backup, world, chance, repairs);
  mappings.start();
  if (done) submitAgain(world);
  return done;
}

/** Earlier outputs and dead letters have been delivered, and no abandoned call is in transit. */
function isDrained({ stream, network }: World): boolean {
  return stream.pending === 0 && network.late === 0;
}

/**
 * Not while a reading that was set aside since the backup is in the queue again: it would count in addition
 * to its request. Nor if a word about the state took effect since: the restore undoes it, and nobody repeats
 * it.
 */
function canBePutBack({ facts, item, words }: Backup, { queues }: World): boolean {
  const version = (of: Item | undefined) => Number(of?.['version']?.N);
  const isSingle = (body: string) => {
    const message = parseMessage(body);
    return message?.key === facts.key && message.single;
  };
  return (
    facts.item?.['lineage']?.S === item['lineage']?.S &&
    version(facts.item) > version(item) &&
    facts.words.heard.size === words &&
    !queues.readings.list().some(({ body }) => isSingle(body))
  );
}

function putBack(backup: Backup, world: World, chance: Chance, repairs: (() => void)[]): void {
  const { facts, item, parked, pages, dead, putFactsBack } = backup;
  const { table, oracle, trace, mappings, faults } = world;
  const { key } = facts;
  const lineage = item['lineage']?.S;
  const versions = Number(facts.item?.['version']?.N) - Number(item['version']?.N);
  dropLetters(facts, world);
  for (const sk of table.sortKeys(key, `parked/${lineage}/`)) table.set(key, sk, undefined);
  for (const [sk, own] of parked) table.set(key, sk, own);
  // Writing the same copy again is not a change, so the stream would not report it.
  for (const sk of table.sortKeys(key, 'dead/')) if (!dead.has(sk)) table.set(key, sk, undefined);
  table.set(key, 'state', item);
  const newer = table.sortKeys(key, `page/${lineage}/`).filter((sk) => !pages.has(sk));
  const slips = [
    ...(newer.length > 0 ? (['newer pages stay'] as const) : []),
    ...(pages.size > 0 ? (['own pages are missing'] as const) : []),
  ];
  const slip = slips.length === 0 || chance.happens(0.2) ? 'none' : chance.pick(slips);
  if (slip === 'newer pages stay') {
    oracle.count('rewoundBelowItsPages');
    repairs.push(() => removeNewer(key, world));
  } else {
    for (const sk of newer) table.set(key, sk, undefined);
  }
  if (slip === 'own pages are missing') {
    oracle.count('rewoundWithoutItsPages');
    for (const sk of pages.keys()) table.set(key, sk, undefined);
    repairs.push(() => {
      for (const [sk, page] of pages) table.set(key, sk, page);
    });
  }
  const writer = facts.writer.split('/')[0];
  putFactsBack();
  oracle.count('itemRewound');
  trace.add(`operator puts ${JSON.stringify(key)} back by ${versions} versions, ${slip}`);
  // The environment that last wrote the key still caches it. That is safe until the key reaches the cached
  // version.
  const remembers = !faults.mayLandLate && versions > 1 ? writer : undefined;
  if (remembers !== undefined) oracle.count('rewoundUnderItsWriter');
  mappings.replaceEnvironments(remembers);
  if (remembers === undefined) return;
  replaceAfterNextCommit(key, world);
  // Before its commit was refused, it may have written a page from its cached item.
  repairs.push(() => {
    mappings.replaceEnvironments(undefined);
    removeNewer(key, world);
  });
}

function removeNewer(key: string, { table, oracle }: World): void {
  const item = oracle.keys.get(key)?.item;
  const names = table.sortKeys(key, `page/${item?.['lineage']?.S}/`);
  const count = Number(item?.['pages']?.N ?? 0);
  for (const sk of names) if (Number(sk.slice(-10)) > count) table.set(key, sk, undefined);
}

function replaceAfterNextCommit(key: string, { oracle, mappings }: World): void {
  const { written } = oracle;
  oracle.written = (landing, changes) => {
    written.call(oracle, landing, changes);
    const isOfKey = changes.some(({ after }) => after?.['pk']?.S === key && after['sk']?.S === 'state');
    if (!isOfKey) return;
    oracle.written = written;
    mappings.replaceEnvironments(undefined);
  };
}

/** Letters that were set aside since the backup will come again from their requests. */
function dropLetters({ key, aside }: KeyFacts, { queues: { readingsDead }, stream }: World): void {
  const isOfSince = (body: string) => {
    const message = parseMessage(body);
    return (
      message?.key === key && message.slots.length > 0 && message.slots.every(({ slot }) => aside.has(slot))
    );
  };
  stream.discard((image) => isOfSince(image['body']?.S ?? ''));
  // A letter behind others of its group cannot be received, so all letters are taken out, and the others are
  // sent back in order.
  const letters = readingsDead.list();
  readingsDead.purge();
  for (const { body, attributes, group, messageId } of letters.filter((one) => !isOfSince(one.body)))
    readingsDead.send({ body, attributes, group, deduplicationId: `sent-back-${messageId}` });
}

function submitAgain({ queues, oracle, trace }: World): void {
  trace.add('operator submits all requests again');
  for (const { plan, submitted } of oracle.requests) {
    if (submitted > 0)
      queueOfProducer(queues, plan).send({ body: plan.body, attributes: attributesOf(plan) });
  }
}

/**
 * Manual changes to the table: an item is restored from a backup without its pages, or alone, so that newer
 * pages remain. Nothing may be lost or count twice because of it; until the damage is repaired, the key may
 * stand still.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { KeyFacts } from '../oracle/facts.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

const TRIES_MAX = 4;

/**
 * In a quarter of the seeds, a few times before the faults end. Returns a function that repairs all damage.
 */
export function scheduleDamage(world: World, chance: Chance, healAt: number): () => void {
  const { clock, faults } = world;
  const repairs: (() => void)[] = [];
  const times = !faults.calm && chance.happens(0.25) ? chance.whole(1, TRIES_MAX) : 0;
  for (let time = 0; time < times; time += 1) {
    void clock
      .sleep(chance.between(0, healAt - clock.now()))
      .then(() => repairs.push(...damage(world, chance)));
  }
  // The last change is undone first.
  return () => {
    for (const repair of repairs.splice(0).reverse()) repair();
  };
}

/** Applies one of the two kinds to some key, if one allows it. */
function damage(world: World, chance: Chance): (() => void)[] {
  const { oracle } = world;
  const facts = [...oracle.keys.values()].filter(({ item }) => item !== undefined);
  if (facts.length === 0) return [];
  const own = chance.pick(facts);
  const repair = chance.happens(0.6) ? takePages(own, world, chance) : addPage(own, world);
  return repair === undefined ? [] : [repair];
}

function takePages(
  { key, item }: KeyFacts,
  { table, oracle, trace }: World,
  chance: Chance,
): (() => void) | undefined {
  const count = Number(item?.['pages']?.N ?? 0);
  const own = table
    .sortKeys(key, `page/${item?.['lineage']?.S}/`)
    .filter((sk) => Number(sk.slice(-10)) <= count);
  if (own.length === 0) return undefined;
  // The newest page, or all of them.
  const taken = chance.happens(0.5) ? own.slice(-1) : own;
  const pages = taken.map((sk) => ({ sk, page: table.item(key, sk) }));
  for (const { sk } of pages) table.set(key, sk, undefined);
  oracle.count('itemWithoutPages');
  trace.add(`${taken.length} pages of ${JSON.stringify(key)} are gone`);
  return () => {
    for (const { sk, page } of pages) table.set(key, sk, page);
  };
}

/**
 * Adds a page after the item's last one, with receipts of messages that the queue accepted and the item does
 * not contain.
 */
function addPage(facts: KeyFacts, { table, oracle, trace }: World): (() => void) | undefined {
  const { key, item, identities, receipts } = facts;
  const number = Number(item?.['pages']?.N ?? 0) + 1;
  const sk = `page/${item?.['lineage']?.S}/${String(number).padStart(10, '0')}`;
  const unproven = [...identities.keys()].filter((receipt) => !receipts.has(receipt));
  if (table.item(key, sk) !== undefined) return undefined;
  const page: Item = {
    pk: { S: key },
    sk: { S: sk },
    sentAt: { N: String(8_000_000_000_000) },
    receipts: { B: Buffer.from(['BackupBackupBack', ...unproven].join(''), 'base64url') },
  };
  table.set(key, sk, page);
  oracle.count('pagesNewerThanItem');
  trace.add(`page ${number} of ${JSON.stringify(key)} is there before its item`);
  return () => {
    if (table.item(key, sk) === page) table.set(key, sk, undefined);
    else oracle.broken('I6 receipts', `page ${sk} of another course of the key was overwritten`, key);
  };
}

/**
 * The state store in memory, with the conditions of the DynamoDB store: the contract suite runs on both. It
 * keeps items as encoded for the table, so nothing is shared with the code under test, and the size limit
 * applies.
 */
import { decodeItem, encodeItem, type Item } from '../functions/aws/dynamo-items.ts';
import { decodePage, encodePage } from '../functions/aws/receipt-pages.ts';
import { decodeDead, decodeParked, encodeDead, encodeParked } from '../functions/aws/set-aside-items.ts';
import { GiveBackError } from '../functions/errors.ts';
import type { KeyItem } from '../functions/state.ts';
import {
  type Commit,
  type DeadReading,
  type ParkedMessage,
  pageIsTaken,
  type ReceiptsPage,
  type StateStore,
} from '../functions/state-store.ts';

export interface MemoryStore extends StateStore {
  /** What was asked of the store, in order: "load a", "commit a 2", "pages a", "page a 1", "bury a". */
  readonly calls: string[];
  readonly commits: Commit[];
  item(key: string): KeyItem | undefined;
  dead(): DeadReading[];
  /** Everything that is parked for a key, in order. */
  waiting(key: string): ParkedMessage[];
  put(item: KeyItem): void;
  /** Puts an item as the table holds it, past the store. */
  putEncoded(key: string, encoded: Item): void;
  /** The state item as the table holds it. */
  encoded(key: string): Item | undefined;
  remove(key: string): void;
  /** Takes the pages above that number out of the table, and gives them back. */
  takePages(key: string, above: number): ReceiptsPage[];
  putPage(page: ReceiptsPage): void;
}

export const ITEM_BYTES_MAX = 400 * 1024;

export function createMemoryStore(): MemoryStore {
  const items = new Map<string, Item>();
  const pages = new Map<string, Item>();
  const dead = new Map<string, Item>();
  const parked = new Map<string, { key: string; lineage: string; item: Item }>();
  const nameOf = ({ key, lineage, page }: ReceiptsPage) => JSON.stringify([key, lineage, page]);
  const calls: string[] = [];
  const commits: Commit[] = [];
  const item = (key: string): KeyItem | undefined => {
    const held = items.get(key);
    return held === undefined ? undefined : decodeItem(held);
  };
  const parkedOf = (key: string, lineage: string): ParkedMessage[] =>
    [...parked.values()]
      .filter((one) => one.key === key && one.lineage === lineage)
      .map((one) => decodeParked(one.item))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
  return {
    calls,
    commits,
    item,
    dead: () => [...dead.values()].map(decodeDead),
    waiting: (key) => parkedOf(key, item(key)?.lineage ?? ''),
    put: (next) => items.set(next.key, encodeItem(next)),
    putEncoded: (key, encoded) => items.set(key, encoded),
    encoded: (key) => items.get(key),
    remove: (key) => items.delete(key),
    takePages(key, above) {
      const taken = [...pages.values()].map(decodePage).filter((one) => one.key === key && one.page > above);
      for (const page of taken) pages.delete(nameOf(page));
      return taken;
    },
    putPage: (page) => pages.set(nameOf(page), encodePage(page)),
    async load(key) {
      calls.push(`load ${key}`);
      return item(key);
    },
    async commit(commit) {
      const { base, next, page } = commit;
      if (page !== undefined) {
        calls.push(`page ${page.key} ${page.page}`);
        const name = nameOf(page);
        const there = pages.get(name);
        if (there !== undefined && decodePage(there).receipts.join() !== page.receipts.join())
          throw new GiveBackError(pageIsTaken(page.page));
        pages.set(name, encodePage(page));
      }
      calls.push(`commit ${next.key} ${next.version}`);
      const encoded = encodeItem(next);
      refuseTwoWrites(commit);
      const bytes = itemBytes(encoded);
      if (bytes > ITEM_BYTES_MAX) throw new Error(`ValidationException: item of ${bytes} bytes`);
      const current = item(next.key);
      if (current?.version !== base?.version || current?.lineage !== base?.lineage) {
        return { outcome: 'conflict', current };
      }
      const { lineage } = next;
      const name = (place: string) => JSON.stringify([next.key, lineage, place]);
      if (commit.park.some(({ place }) => parked.has(name(place)))) return { outcome: 'conflict', current };
      items.set(next.key, encoded);
      for (const one of commit.dead) dead.set(JSON.stringify([one.key, one.id]), encodeDead(one));
      for (const one of commit.park) {
        parked.set(name(one.place), { key: next.key, lineage, item: encodeParked(next.key, lineage, one) });
      }
      for (const place of commit.unpark) parked.delete(name(place));
      for (const id of commit.undead ?? []) dead.delete(JSON.stringify([next.key, id]));
      commits.push(commit);
      return { outcome: 'committed' };
    },
    async pages(key, lineage, { after, upTo, since }) {
      calls.push(`pages ${key}`);
      const own = [...pages.values()].map(decodePage).filter((page) => page.key === key);
      const newest = own
        .filter((page) => page.lineage === lineage && page.page > after && page.page <= upTo)
        .sort((a, b) => b.page - a.page);
      const end = newest.findIndex((page) => page.sentAt < since);
      return end === -1 ? newest : newest.slice(0, end);
    },
    async parked(key, lineage, from, limit) {
      calls.push(`parked ${key}`);
      return parkedOf(key, lineage)
        .filter(({ place }) => place >= from)
        .slice(0, limit);
    },
    async deadCopies(key, limit) {
      calls.push(`dead ${key}`);
      const own = [...dead.values()].map(decodeDead).filter((one) => one.key === key);
      own.sort((a, b) => (a.id < b.id ? -1 : 1));
      return { copies: own.slice(0, limit), complete: own.length <= limit };
    },
    async bury(one) {
      calls.push(`bury ${one.key}`);
      dead.set(JSON.stringify([one.key, one.id]), encodeDead(one));
    },
  };
}

/** As DynamoDB does, before it looks at any condition. */
function refuseTwoWrites({ dead, park, unpark }: Commit): void {
  const places = [...park.map(({ place }) => place), ...unpark];
  const ids = dead.map(({ id }) => id);
  if (new Set(places).size < places.length || new Set(ids).size < ids.length) {
    throw new Error(
      'ValidationException: Transaction request cannot include multiple operations on one item',
    );
  }
}

/**
 * How DynamoDB measures an item: names and texts in UTF-8, bytes as they are, a number at most 21 bytes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value.S ?? '') + (value.B?.byteLength ?? 0);
    if (value.N !== undefined) bytes += 21;
  }
  return bytes;
}

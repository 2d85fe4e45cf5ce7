/**
 * The contract of every state store, with any storage. Runs on the in-memory store that other tests use, and
 * on the real one.
 */
import { describe, expect, test } from 'vitest';
import { encodeItem, type Item } from '../../functions/aws/dynamo-items.ts';
import { GiveBackError, NewerFormatError } from '../../functions/errors.ts';
import type { KeyItem } from '../../functions/state.ts';
import type { Commit, DeadReading, ParkedMessage, StateStore } from '../../functions/state-store.ts';
import { buildItem, toStreamImage } from '../item-builder.ts';

interface StoreUnderTest {
  readonly store: StateStore;
  /** Puts an item with these attributes past the store, and what the table holds of it now. */
  putItem(item: Item): Promise<void>;
  stored(key: string): Promise<Item | undefined>;
  /** Puts an item of that format past the store. */
  putNewer(key: string): Promise<void>;
  dead(key: string): Promise<DeadReading[]>;
}

const buildCommit = (next: KeyItem, parts: Partial<Commit> = {}): Commit => ({
  base: undefined,
  next,
  dead: [],
  park: [],
  unpark: [],
  ...parts,
});
const after = (base: KeyItem, parts: Partial<KeyItem> = {}): KeyItem => ({
  ...base,
  version: base.version + 1,
  ...parts,
});
const buildParked = (place: string): ParkedMessage => ({
  place,
  messageId: `message ${place}`,
  body: `body \u{1F4A7} ${place}`,
  sentAt: 7,
  attempts: 2,
});

export function describeStateStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the state store ${name}`, () => {
    let number = 0;
    const newKey = () => {
      number += 1;
      return `key-${number}`;
    };

    test('gives back an item as it was committed, whatever is in it', async () => {
      const { store } = await create();
      const hostile = [
        '__proto__',
        'constructor',
        'a/b',
        ' ',
        '\u00E9',
        'e\u0301',
        '\u{1F4A7}',
        '\u20AC'.repeat(341),
      ];
      for (const key of hostile) {
        const item = buildItem({
          key,
          state: '{"n":9007199254740993,"zero":-0,"text":"\\ud800 \u{1F4A7} \u00E9 e\u0301"}',
          sequenceNumber: '340282366920938463463374607431768211455',
          receipts: ['AAAAAAAAAAAAAAAA', '-_-_-_-_-_-_-_-_'],
          partly: [{ receipt: 'BBBBBBBBBBBBBBBB', count: 3 }],
          open: [{ request: 'x', read: 'y' }],
          stopped: { receipt: 'CCCCCCCCCCCCCCCC', index: 2, reason: 'why' },
          next: { sequence: 3, chunk: 1 },
          counts: { applied: 1, skipped: 2, dead: 3 },
          lastSkip: 'because',
          pages: 2,
          pagesSentAt: 1_234,
          parked: 1,
          parkedFirst: '0001',
          outputs: ['{"zero":-0}', '"\u{1F4A7}"'],
        });
        expect(await store.commit(buildCommit(item))).toEqual({ outcome: 'committed' });
        expect(await store.load(key)).toEqual(item);
      }
      expect(await store.load('toString')).toBeUndefined();
    });

    test('takes the empty as well as the full: no receipts, no outputs, an empty text', async () => {
      const { store } = await create();
      const item = buildItem({ key: newKey(), state: '""', sequenceNumber: '' });
      await store.commit(buildCommit(item));
      expect(await store.load(item.key)).toEqual(item);
      const unbegun = buildItem({ key: newKey(), state: undefined });
      await store.commit(buildCommit(unbegun));
      expect(await store.load(unbegun.key)).toEqual(unbegun);
      const begun = after(unbegun, { state: '{}' });
      await store.commit(buildCommit(begun, { base: unbegun }));
      expect(await store.load(begun.key)).toEqual(begun);
    });

    test('replaces an item only by one made from it; otherwise it returns the stored item', async () => {
      const { store } = await create();
      const first = buildItem({ key: newKey() });
      const second = after(first, { state: '2' });
      await store.commit(buildCommit(first));
      expect(await store.commit(buildCommit(first))).toEqual({ outcome: 'conflict', current: first });
      await store.commit(buildCommit(second, { base: first }));
      const late = buildCommit(after(first, { state: 'late' }), { base: first });
      expect(await store.commit(late)).toEqual({ outcome: 'conflict', current: second });
      const foreign = { ...second, lineage: 'another00001' };
      const aba = buildCommit(after(foreign), { base: foreign });
      expect(await store.commit(aba)).toEqual({ outcome: 'conflict', current: second });
      expect(await store.load(first.key)).toEqual(second);
    });

    test('reports that the item is gone', async () => {
      const { store } = await create();
      const gone = buildItem({ key: newKey() });
      const late = buildCommit(after(gone), { base: gone });
      expect(await store.commit(late)).toEqual({ outcome: 'conflict', current: undefined });
    });

    test('changes what is set aside, parked and unparked together with the item, or nothing at all', async () => {
      const { store, dead } = await create();
      const { key, lineage } = buildItem({ key: newKey() });
      const first = buildItem({ key });
      const one: DeadReading = {
        key,
        id: 'dead',
        body: 'body \u{1F4A7}',
        group: 'g',
        reason: 'why',
        stage: 'compute',
        attempts: 2,
        sentAt: 1_000,
      };
      const aside = { dead: [one], park: ['0002', '0001', '0003'].map(buildParked) };
      expect(await store.commit(buildCommit(first, aside))).toEqual({ outcome: 'committed' });
      expect(await dead(key)).toEqual([one]);
      expect((await store.parked(key, lineage, '', 10)).map(({ place }) => place)).toEqual([
        '0001',
        '0002',
        '0003',
      ]);
      const next = after(first);
      const lost = { dead: [{ ...one, id: 'lost' }], park: [buildParked('0009')], unpark: ['0001'] };
      expect(await store.commit(buildCommit(first, lost))).toEqual({ outcome: 'conflict', current: first });
      expect(await dead(key)).toEqual([one]);
      expect(await store.parked(key, lineage, '', 10)).toHaveLength(3);
      await store.commit(buildCommit(next, { base: first, unpark: ['0001', '0003'] }));
      expect(await store.parked(key, lineage, '', 10)).toEqual([buildParked('0002')]);
    });

    test('refuses to park at a place that is taken, and changes nothing then', async () => {
      const { store } = await create();
      const first = buildItem({ key: newKey() });
      await store.commit(buildCommit(first, { park: [buildParked('0001')] }));
      const again = buildCommit(after(first), { base: first, park: ['0002', '0001'].map(buildParked) });
      expect(await store.commit(again)).toEqual({ outcome: 'conflict', current: first });
      expect(await store.load(first.key)).toEqual(first);
      expect(await store.parked(first.key, first.lineage, '', 10)).toEqual([buildParked('0001')]);
    });

    test('refuses a commit that would write one item twice, before any condition, and changes nothing', async () => {
      const { store } = await create();
      const first = buildItem({ key: newKey() });
      await store.commit(buildCommit(first, { park: [buildParked('0001')] }));
      const one: DeadReading = {
        key: first.key,
        id: 'dead',
        body: 'body',
        group: 'g',
        reason: 'why',
        stage: 'compute',
        attempts: 2,
        sentAt: 1_000,
      };
      const twice = [
        { park: [buildParked('0001')], unpark: ['0001'] },
        { park: ['0002', '0002'].map(buildParked) },
        { unpark: ['0001', '0001'] },
        { dead: [one, one] },
      ];
      for (const parts of twice) {
        const commit = buildCommit(after(first), { base: first, ...parts });
        await expect(store.commit(commit)).rejects.toThrow('multiple operations on one item');
      }
      expect(await store.load(first.key)).toEqual(first);
      expect(await store.parked(first.key, first.lineage, '', 10)).toEqual([buildParked('0001')]);
    });

    test('gives parked messages of a lineage in order, from a place on, as many as asked for', async () => {
      const { store } = await create();
      const item = buildItem({ key: newKey() });
      const places = Array.from({ length: 9 }, (_, n) => `${n}/000000/AAAA_-${n}`);
      await store.commit(buildCommit(item, { park: places.map(buildParked) }));
      const found = await store.parked(item.key, item.lineage, places[3] ?? '', 4);
      expect(found).toEqual(places.slice(3, 7).map(buildParked));
      expect(await store.parked(item.key, 'another00001', '', 4)).toEqual([]);
    });

    test("gives the copies of a key's dead readings, says whether these are all, and deletes them with a commit", async () => {
      const { store, dead } = await create();
      const item = buildItem({ key: newKey() });
      const letters = ['a', 'b', 'c'].map(
        (id): DeadReading => ({
          key: item.key,
          id,
          body: `body ${id}`,
          group: 'g',
          reason: 'why',
          stage: 'compute',
          attempts: 1,
          sentAt: 5_000,
        }),
      );
      await store.commit(buildCommit(item, { dead: letters }));
      const first = await store.deadCopies(item.key, 2);
      expect(first).toMatchObject({ copies: [{ id: 'a', body: 'body a' }, { id: 'b' }], complete: false });
      expect(await store.deadCopies(item.key, 10)).toMatchObject({ copies: [{}, {}, {}], complete: true });
      const stale = buildCommit(item, { base: after(item), undead: ['a', 'b'] });
      expect(await store.commit(stale)).toMatchObject({ outcome: 'conflict' });
      expect(await dead(item.key)).toHaveLength(3);
      const commit = buildCommit(after(item), { base: item, undead: ['a', 'b'] });
      expect(await store.commit(commit)).toEqual({ outcome: 'committed' });
      expect(await dead(item.key)).toEqual(letters.slice(2));
      expect(await store.deadCopies(newKey(), 10)).toEqual({ copies: [], complete: true });
    });

    test('gives the pages above one, newest first, back to the first that is too old', async () => {
      const { store } = await create();
      const key = newKey();
      let base: KeyItem | undefined;
      const pages = [1, 2, 3, 4, 5].map((page) => ({
        key,
        lineage: buildItem().lineage,
        page,
        sentAt: page * 10,
        before: page * 10 - 10,
        receipts: ['AAAAAAAAAAAAAAAA'],
      }));
      for (const page of pages) {
        const next: KeyItem = base === undefined ? buildItem({ key }) : after(base);
        await store.commit(buildCommit(next, { base, page }));
        base = next;
      }
      const numbers = async (above: number, since: number, lineage = buildItem().lineage, upTo = 5) =>
        (await store.pages(key, lineage, { after: above, upTo, since })).map(({ page }) => page);
      expect(await store.pages(key, buildItem().lineage, { after: 0, upTo: 5, since: 0 })).toEqual(
        pages.toReversed(),
      );
      expect(await numbers(2, 0)).toEqual([5, 4, 3]);
      expect(await numbers(0, 30)).toEqual([5, 4, 3]);
      expect(await numbers(0, 31)).toEqual([5, 4]);
      expect(await numbers(0, 51)).toEqual([]);
      expect(await numbers(0, 0, 'another00001')).toEqual([]);
      expect(await numbers(5, 0)).toEqual([]);
      expect(await numbers(1, 0, buildItem().lineage, 3)).toEqual([3, 2]);
    });

    test('writes a page again without harm, and before the item that no longer holds it', async () => {
      const { store } = await create();
      const item = buildItem({ key: newKey(), receipts: ['AAAAAAAAAAAAAAAA'] });
      await store.commit(buildCommit(item));
      const page = { ...item, page: 1, before: 0 };
      const roll = buildCommit(after(item, { receipts: [], pages: 1 }), { base: item, page });
      await store.commit(roll);
      expect(await store.commit(roll)).toMatchObject({ outcome: 'conflict' });
      expect(await store.pages(item.key, item.lineage, { after: 0, upTo: 9, since: 0 })).toMatchObject([
        { page: 1, receipts: item.receipts },
      ]);
    });

    test('refuses to write a page that is there with other receipts, and changes nothing then', async () => {
      const { store, putItem } = await create();
      const item = buildItem({ key: newKey(), receipts: ['AAAAAAAAAAAAAAAA'] });
      await store.commit(buildCommit(item));
      const page = { ...item, page: 1, before: 0 };
      await store.commit(buildCommit(after(item, { receipts: [], pages: 1 }), { base: item, page }));
      // The item is put back from a backup, its page is not.
      await putItem(encodeItem(item));
      const other = { ...page, receipts: ['BBBBBBBBBBBBBBBB'] };
      const roll = buildCommit(after(item, { receipts: [], pages: 1 }), { base: item, page: other });
      await expect(store.commit(roll)).rejects.toThrow(GiveBackError);
      expect(await store.load(item.key)).toMatchObject({ version: 1 });
      expect(await store.pages(item.key, item.lineage, { after: 0, upTo: 9, since: 0 })).toEqual([
        expect.objectContaining({ page: 1, receipts: item.receipts }),
      ]);
    });

    test('an attribute of the item that this build does not know survives a commit', async () => {
      const { store, putItem, stored } = await create();
      const item = buildItem({ key: newKey() });
      const unknown: Item = {
        tags: { SS: ['a', 'b'] },
        digest: { B: Uint8Array.of(0, 255, 7) },
        future: { M: { list: { L: [{ N: '1.5' }, { BOOL: false }, { NULL: true }] }, B: { S: 'text' } } },
        __proto_: { S: '\ud83d\udca7' },
      };
      await putItem({ ...encodeItem(item), ...unknown });
      for (let version = 1; version <= 2; version += 1) {
        const base = await store.load(item.key);
        if (base === undefined) throw new Error('no item');
        const aside = version === 2 ? { park: [buildParked('0001')] } : {};
        await store.commit(buildCommit(after(base, { state: `"${version}"` }), { base, ...aside }));
      }
      const kept = toStreamImage((await stored(item.key)) ?? {});
      const expected = { ...unknown, version: { N: '3' }, state: { S: '"2"' } };
      expect(kept).toMatchObject(toStreamImage(expected));
    });

    test('neither reads nor overwrites an item of a newer format', async () => {
      const { store, putNewer } = await create();
      const item = buildItem({ key: newKey() });
      await putNewer(item.key);
      await expect(store.load(item.key)).rejects.toThrow(NewerFormatError);
      await expect(store.commit(buildCommit(item))).rejects.toThrow(NewerFormatError);
    });

    test('deletes a parked message of another lineage, also a second time', async () => {
      const { store, dead } = await create();
      const junk: DeadReading = {
        key: newKey(),
        id: 'm-1',
        body: 'junk',
        group: 'g',
        reason: 'why',
        stage: 'decode',
        attempts: 1,
        sentAt: 5_000,
      };
      await store.bury(junk);
      await store.bury(junk);
      expect(await dead(junk.key)).toEqual([junk]);
    });
  });
}

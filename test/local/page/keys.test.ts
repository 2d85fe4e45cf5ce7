/** The keys that the page shows, and how often it loads them. */
import { expect, test } from 'vitest';
import { createKeysView } from '../../../local/page/keys.ts';
import { buildItem } from '../../item-builder.ts';

const counts = (applied: number) => ({ applied, skipped: 0, dead: 0 });

test('stopped keys come first, then those that wait, then the busiest, and the rest is counted', async () => {
  const stopped = { receipt: 'r', index: 0, reason: 'compute threw' };
  const many = Array.from({ length: 200 }, (_, index) =>
    buildItem({ key: `idle ${index}`, counts: counts(1) }),
  );
  const items = [
    ...many,
    buildItem({ key: 'busy', counts: counts(50) }),
    buildItem({ key: 'waits', parked: 7 }),
    buildItem({ key: 'stands', stopped }),
  ];
  const part = await createKeysView({ items: async () => items, observations: [] }).look();
  expect(part.shown.slice(0, 3).map(({ key }) => key)).toEqual(['stands', 'waits', 'busy']);
  expect(part.shown).toHaveLength(100);
  expect(part).toMatchObject({ count: 203, stopped: 1, parked: 7 });
});

test('the table is not looked through again as long as nothing was committed', async () => {
  let looks = 0;
  const items = async () => {
    looks += 1;
    return [buildItem()];
  };
  const view = createKeysView({ items, observations: [] });
  await view.look();
  await view.look();
  expect(looks).toBe(1);
});

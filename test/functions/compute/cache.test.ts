import { describe, expect, test } from 'vitest';
import { createStateCache } from '../../../functions/compute/cache.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import type { KeyItem } from '../../../functions/state.ts';
import { buildCompute, buildMessage } from '../../builders.ts';

async function buildItem(key: string, parts: Partial<KeyItem> = {}): Promise<KeyItem> {
  const stage = buildCompute();
  await computeBatch([buildMessage({ key })], 30_000, stage);
  const item = stage.store.item(key);
  if (item === undefined) throw new Error('no item');
  return { ...item, ...parts };
}

describe('the cache of a warm environment:', () => {
  test('holds each key by its whole name', async () => {
    const cache = createStateCache(1_000_000);
    const keys = ['a', 'A', 'a ', '\u00E9', 'e\u0301', '__proto__', 'constructor', 'a/1'];
    for (const key of keys) cache.set(key, { item: await buildItem(key), seen: undefined });
    expect(keys.map((key) => cache.get(key)?.item.key)).toEqual(keys);
    expect(cache.get('toString')).toBeUndefined();
  });

  test('drops the key that was unused for the longest time', async () => {
    const cache = createStateCache(30_000);
    const item = await buildItem('k', { state: 'x'.repeat(4_000) });
    for (const key of ['a', 'b', 'c']) cache.set(key, { item, seen: undefined });
    cache.get('a');
    cache.set('d', { item, seen: undefined });
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
    cache.delete('a');
    cache.set('e', { item, seen: undefined });
    expect(['c', 'd', 'e'].filter((key) => cache.get(key) !== undefined)).toEqual(['c', 'd', 'e']);
  });

  test.each<[string, Partial<KeyItem>]>([
    ['state', { state: 'x'.repeat(60_000) }],
    ['outputs', { outputs: ['x'.repeat(30_000), 'x'.repeat(30_000)] }],
    ['receipts', { receipts: Array.from({ length: 2_000 }, () => 'x'.repeat(16)) }],
  ])('stays within its bytes whatever an entry holds: %s', async (_, parts) => {
    const cache = createStateCache(500_000);
    const item = await buildItem('k', parts);
    const keys = Array.from({ length: 50 }, (_, n) => `k${n}`);
    for (const key of keys) cache.set(key, { item, seen: undefined });
    const kept = keys.filter((key) => cache.get(key) !== undefined);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(10);
  });

  test('counts the receipts that were looked up, and does not keep an entry larger than itself', async () => {
    const cache = createStateCache(100_000);
    const item = await buildItem('k');
    const receipts = new Set(Array.from({ length: 5_000 }, (_, n) => String(n)));
    cache.set('k', { item, seen: undefined });
    cache.set('k', { item, seen: { since: 0, pages: 1, receipts } });
    expect(cache.get('k')).toBeUndefined();
  });
});

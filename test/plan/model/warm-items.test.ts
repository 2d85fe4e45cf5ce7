import { expect, test } from 'vitest';
import { createWarmItems } from '../../../plan/model/warm-items.ts';

const ALL = Number.POSITIVE_INFINITY;
const always = () => 0.5;

test('an environment loads a key once, and finds it warm while no other environment has it', () => {
  const items = createWarmItems(ALL, always);
  expect([1, 2, 3].map(() => items.begin(1, 7))).toEqual(['load', 'warm', 'warm']);
});

test('an environment learns from a failed write that another had the key since', () => {
  const items = createWarmItems(ALL, always);
  items.begin(1, 7);
  items.begin(2, 7);
  expect(items.begin(1, 7)).toBe('conflict');
});

test('an environment whose items are often old loads before it computes, as the cache of compute does', () => {
  const items = createWarmItems(ALL, always);
  const found = Array.from({ length: 20 }, (_, index) => items.begin(index % 2, 7));
  expect(found.slice(0, 2)).toEqual(['load', 'load']);
  expect(found.filter((each) => each === 'conflict')).toHaveLength(4);
  expect(found.slice(6)).toEqual(new Array<string>(14).fill('load'));
});

test('a key that has left the cache is loaded again', () => {
  const items = createWarmItems(1, () => 0.9);
  items.begin(1, 7);
  items.begin(1, 8);
  expect(items.begin(1, 7)).toBe('load');
});

import { expect, test } from 'vitest';
import { compileFilters } from '../../../local/mappings/filter.ts';

const record = {
  eventName: 'INSERT',
  dynamodb: { NewImage: { sk: { S: 'dead/1' }, n: { N: '2' } } },
  tags: ['a', 'b'],
};

test.each<[boolean, object]>([
  [true, { eventName: ['INSERT', 'MODIFY'] }],
  [false, { eventName: ['REMOVE'] }],
  [true, { dynamodb: { NewImage: { sk: { S: [{ prefix: 'dead/' }] } } } }],
  [false, { dynamodb: { NewImage: { sk: { S: [{ prefix: 'state' }] } } } }],
  [false, { dynamodb: { OldImage: { sk: { S: ['dead/1'] } } } }],
  [true, { dynamodb: { NewImage: { sk: { S: [{ exists: true }] } } } }],
  [false, { dynamodb: { NewImage: { other: { S: [{ exists: true }] } } } }],
  [true, { dynamodb: { NewImage: { other: { S: [{ exists: false }] } } } }],
  [false, { dynamodb: { NewImage: { sk: { S: [{ exists: false }] } } } }],
  [false, { eventName: ['INSERT'], dynamodb: { NewImage: { n: { N: ['3'] } } } }],
  [false, { dynamodb: { NewImage: { n: { N: [2] } } } }],
  [true, { tags: ['b'] }],
  [false, { constructor: { name: [{ exists: true }] } }],
])('%s: %o', (expected, pattern) => {
  expect(compileFilters([pattern])(record)).toBe(expected);
});

test('one matching pattern is enough, and without patterns everything passes', () => {
  expect(compileFilters([{ eventName: ['REMOVE'] }, { eventName: ['INSERT'] }])(record)).toBe(true);
  expect(compileFilters([])(record)).toBe(true);
});

test.each([
  { a: [{ 'anything-but': ['x'] }] },
  { a: [{ numeric: ['>', 1] }] },
  { $or: [{ a: [1] }] },
  { a: 'text' },
  [],
])('an unknown pattern is an error: %o', (pattern) => {
  expect(() => compileFilters([pattern])).toThrow(/filter 1/);
});

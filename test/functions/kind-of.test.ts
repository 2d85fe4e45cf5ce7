import { expect, test } from 'vitest';
import { kindOf } from '../../functions/kind-of.ts';

class Invoice {
  readonly total = 1;
}

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'a boolean'],
  [7, 'a number'],
  [7n, 'a bigint'],
  ['text', 'a string'],
  [Symbol('s'), 'a symbol'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [{ constructor: 'mine' }, 'an object'],
  [Object.create({}), 'an object with a prototype of its own'],
  [[], 'a list'],
  [Promise.resolve(), 'a promise'],
  [new Map(), 'a Map'],
  [new Error('secret'), 'an Error'],
  [new Invoice(), 'an Invoice'],
  [new Uint8Array(), 'a Uint8Array'],
  [() => 1, 'a function'],
  [Invoice, 'a function'],
  [async () => 1, 'an async function'],
  [function* () {}, 'a generator function'],
  [async function* () {}, 'an async generator function'],
])('the kind of a value is named in English, and the value is never shown: %o', (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});

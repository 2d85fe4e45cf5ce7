import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { encodeState } from '../../functions/compute/state-text.ts';
import { encodeJson, parseJson } from '../../functions/json.ts';
import { JSON_DEPTH_MAX, refuseAccessors } from '../../functions/json-value.ts';
import fc from '../properties.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\uD800', '\uDC00x', '\uFFFE\uFFFF', '\u0000', '\u2028', '\u{1F4A7}', '\u00E9', 'e\u0301'),
);
const names = fc.oneof(hostile, fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'then', ''));
const value = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    hostile,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(-0, 5e-324, 1.7976931348623157e308, 2 ** 53, 0.1 + 0.2),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      names.filter((name) => name !== '__proto__'),
      tie('tree'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).tree;

describe('exact values', () => {
  test('come back bit for bit', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(isDeepStrictEqual(parseJson(encodeJson(original, 'it'), 'it'), original)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('are text that is valid in SQS and UTF-8', () => {
    fc.assert(
      fc.property(value, (original) => {
        const text = encodeJson(original, 'it');
        expect(text).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
        expect(Buffer.from(text).toString()).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('stay distinct from values that look the same: NFC and NFD', () => {
    const twins = ['\u00E9', 'e\u0301'];
    expect(parseJson(encodeJson(twins, 'it'), 'it')).toStrictEqual(twins);
  });
});

describe('refused values:', () => {
  test.each([
    ['NaN', { a: [Number.NaN] }, 'it at .a[0] is NaN'],
    ['infinity', { a: Number.NEGATIVE_INFINITY }, 'it at .a is -Infinity'],
    ['undefined', { a: { b: undefined } }, 'it at .a.b is undefined'],
    ['undefined itself', undefined, 'it is undefined'],
    ['a function', [() => 0], 'it at [0] is a function'],
    ['a symbol', [Symbol('s')], 'it at [0] is a symbol'],
    ['a big integer', [1n], 'it at [0] is a bigint'],
    ['a date', { at: new Date(0) }, 'it at .at is a Date'],
    ['a map', new Map(), 'it is a Map'],
    ['bytes', { b: new Uint8Array(1) }, 'it at .b is a Uint8Array'],
    ['a promise', { p: Promise.resolve() }, 'it at .p is a promise'],
    ['a boxed number', [Object(1)], 'it at [0] is a Number'],
    ['an object of a class', { c: new (class Own {})() }, 'it at .c is an Own'],
    ['a hole', Object.assign(new Array(2), { 0: 1 }), 'it at [1] is undefined'],
    ['an inherited value', Object.create({ admin: true }), 'it is an object with a prototype of its own'],
    [
      'a name that is a symbol',
      { a: { [Symbol('s')]: 1 } },
      'it at .a.Symbol(s) is a property named by a symbol',
    ],
    [
      'a symbol beside elements',
      [Object.assign([1], { [Symbol('s')]: 1 })],
      'it at [0].Symbol(s) is a property of a list',
    ],
    ['a property beside elements', { m: 'abc'.match(/b/) }, 'it at .m.index is a property of a list'],
    [
      'an array of a class',
      { l: new (class List extends Array {})() },
      'it at .l is a list with a class or a toJSON of its own',
    ],
    [
      'a property that is not enumerable',
      Object.defineProperty({}, 'n', { value: 1 }),
      'it at .n is not enumerable',
    ],
    [
      'a toJSON that nobody sees',
      Object.defineProperty({}, 'toJSON', { value: () => 1 }),
      'it at .toJSON is not enumerable',
    ],
    [
      'the same on an array',
      [Object.defineProperty([], 'toJSON', { value: () => 1 })],
      'it at [0] is a list with a class or a toJSON of its own',
    ],
    [
      'data in the name of a class',
      Object.create({ constructor: { name: 7 } }),
      'it is an object with a prototype of its own',
    ],
  ])('%s, with the path to it', (_, refused, message) => {
    expect(() => encodeJson(refused, 'it')).toThrow(`${message}, which JSON cannot hold as it is`);
  });

  test('a getter in a state, with the path to it', () => {
    const state = {
      lines: [
        {
          sum: 1,
          get twice() {
            return this.sum * 2;
          },
        },
      ],
    };
    expect(() => refuseAccessors(state, 'it')).toThrow(
      'it at .lines[0].twice is a getter, which JSON cannot',
    );
    expect(() => encodeState(state, 'k')).toThrow('the state of "k" at .lines[0].twice is a getter');
    expect(encodeState({ lines: [{ sum: 1 }, null] }, 'k')).toBe('{"lines":[{"sum":1},null]}');
  });

  test('a property named __proto__, on the way in and on the way out', () => {
    const text = '{"a":[{"__proto__":{"admin":true}}]}';
    expect(() => parseJson(text, 'it')).toThrow('it at .a[0].__proto__');
    expect(() => encodeJson(JSON.parse(text), 'it')).toThrow('it at .a[0].__proto__');
  });

  test.each([
    '9007199254740993',
    '-9007199254740993',
    '123456789012345678901234567890',
    '1e400',
    '-1e999',
    '1e-400',
    '0.0000000001e-400',
  ])('the number %s, which a double cannot hold', (number) => {
    expect(() => parseJson(`{"n":[${number}]}`, 'it')).toThrow(/number .* cannot be held exactly/);
  });

  test.each([
    '9007199254740992',
    '0',
    '-0',
    '0e99',
    '1E5',
    '0.1',
    '100000000000000000000',
    '38459038274850170',
    '1e300',
  ])('but not %s', (number) => {
    expect(parseJson(number, 'it')).toBe(Number(number));
  });

  test('nesting without end, as value and as text', () => {
    const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(parseJson(nest(JSON_DEPTH_MAX), 'it')).toBeInstanceOf(Array);
    expect(() => parseJson(nest(JSON_DEPTH_MAX + 1), 'it')).toThrow('it nests deeper');
    expect(() => parseJson(nest(100_000), 'it')).toThrow('it nests deeper');
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encodeJson(cycle, 'it')).toThrow('it nests deeper');
  });

  test('text that is not JSON', () => {
    for (const text of ['', '{', 'undefined', 'NaN', '{"a":1,}', '\uFEFF{}', "{'a':1}"]) {
      expect(() => parseJson(text, 'request')).toThrow(/^request is not JSON: /);
    }
  });
});

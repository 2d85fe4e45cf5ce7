import { Decimal } from 'decimal.js';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../functions/errors.ts';
import { encodeJson, parseJson } from '../../functions/json.ts';
import fc from '../properties.ts';

const Exact = Decimal.clone({ precision: 5_000, minE: -9e15, maxE: 9e15, toExpNeg: 0, toExpPos: 0 });

/** A number as JSON may write it: any digits, any point, any exponent, zeros where they mean nothing. */
const digits = (max: number) => fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: max });
const notation = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: digits(24).map((list) => list.join('').replace(/^0+/, '') || '0'),
    fraction: fc.option(
      digits(24).map((list) => `.${list.join('') || '0'}`),
      { nil: '' },
    ),
    exponent: fc.option(
      fc
        .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 400 }))
        .map((parts) => parts.join('')),
      { nil: '' },
    ),
  })
  .map(({ sign, whole, fraction, exponent }) => sign + whole + fraction + exponent);
/** Doubles as somebody else may write them: with all their digits, shifted, padded. */
const written = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 3 }))
  .map(([value, way]) => {
    if (way === 0) return String(value);
    if (way === 1) return value.toExponential();
    if (way === 2) return new Exact(value).toFixed();
    return `${value.toExponential().replace('e', '0e')}`.replace(/^(-?\d)0e/, '$1.0e');
  });

function parsed(text: string): unknown {
  try {
    return parseJson(text, 'it');
  } catch (error) {
    if (error instanceof PermanentError) return error;
    throw error;
  }
}

describe('a number in a text', () => {
  test('is stored as the same decimal or refused, in every notation', () => {
    fc.assert(
      fc.property(fc.oneof(notation, written), (text) => {
        const value = Number(text);
        // The reference: what is stored is the shortest text of the double; is that the decimal that was sent?
        const comesBack = Number.isFinite(value) && new Exact(String(value)).eq(new Exact(text));
        const found = parsed(text);
        if (!comesBack) expect(found).toBeInstanceOf(PermanentError);
        else {
          expect(found).toBe(value);
          expect(new Exact(encodeJson(found, 'it')).eq(new Exact(text))).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    '12345678901234567890123456.28',
    '9007199254740993.0',
    '9007199254740993e0',
    '90071992547409930e-1',
    '0.9007199254740993e16',
    '1234567890.1234567890123456',
    '0.1000000000000000055511151231257827',
    '9223372036854775808',
    '1e309',
    '-1e309',
    '1e-325',
    '1e99999999999999999999',
    '1e-99999999999999999999',
    '2.4703282292062327e-324',
  ])('like %s is refused, with its place and length and without its digits', (number) => {
    const refused = parsed(`{"lines":[{"amount":0},{"amount": ${number} }]}`);
    expect(refused).toMatchObject({
      message: `it at .lines[1].amount: a number of ${number.length} characters cannot be held exactly; send it as a string`,
    });
  });

  test.each(['0.1', '0.10', '1e2', '100.000', '-0', '-0.0', '0e99', '-0E-400', '5e-324', '1.50E+300'])(
    'like %s keeps its value',
    (number) => expect(parsed(number)).toBe(Number(number)),
  );

  test('is rounded to the nearest double if the pipeline says so, unless that is infinite', () => {
    const rounded = (text: string) => parseJson(text, 'it', 'rounded');
    expect(rounded('{"n":9007199254740993.0}')).toEqual({ n: 9007199254740992 });
    expect(rounded('1e-400')).toBe(0);
    expect(() => rounded('{"n":1e400}')).toThrow('it at .n is Infinity');
  });

  test('of a million digits is checked quickly', () => {
    const zeros = '0'.repeat(1_000_000);
    expect(parsed(`1${zeros}1`)).toBeInstanceOf(PermanentError);
    expect(parsed(`0.${zeros}1e1000001`)).toBe(1);
  });

  test('within a string is not taken for a number', () => {
    const text = JSON.stringify({ 'a"9007199254740993': '\\"9007199254740993.0\\', b: ['1e400', '"'] });
    expect(parsed(text)).toEqual(JSON.parse(text));
  });
});

describe('a name that occurs twice in its object is refused, because a parser would drop one value', () => {
  test.each([
    ['{"a":1,"a":1}', '.a'],
    ['{"x":[{"a":1},{"b":{"c":1,"d":[],"c":2}}]}', '.x[1].b.c'],
    ['{"a":1,"\\u0061":2}', '.a'],
    ['{ "a" : {} , "b" : 0 , "a" : "x" }', '.a'],
  ])('%s', (text, place) => {
    expect(() => parseJson(text, 'it')).toThrow(`it at ${place}: this name comes twice`);
    expect(() => parseJson(text, 'it', 'rounded')).toThrow(`it at ${place}: this name comes twice`);
  });

  test('but not one that occurs in two objects, or as a value', () => {
    for (const value of [
      { a: 'a', b: { a: ['a', 'a', { a: 1 }] } },
      [{ a: 1 }, { a: 1 }],
      { '': '', ',': ':' },
    ]) {
      expect(parseJson(JSON.stringify(value, null, 1), 'it')).toEqual(value);
    }
  });
});

import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { reasonOf } from '../../functions/errors.ts';

const CARD = '4111 1111 "x" 1111';

/** What a read or a compute does without a thought; the engine's own words then quote what they were given. */
const ACCIDENTS: [string, () => unknown, RegExp][] = [
  ['parse a text', () => JSON.parse(CARD), /^SyntaxError: Unexpected non-whitespace/],
  ['parse another', () => JSON.parse(`x${CARD}`), /^SyntaxError: Unexpected token 'x'$/],
  [
    'parse a long one',
    () => JSON.parse(`{"a": ${'y'.repeat(50)}${CARD}`),
    /^SyntaxError: Unexpected token 'y'/,
  ],
  ['a big integer', () => BigInt(CARD), /^SyntaxError: Cannot convert … to a BigInt$/],
  [
    'a property of text',
    () => Object.assign(Object(CARD), { 0: 1 }),
    /^TypeError: Cannot assign to read only/,
  ],
  ['a new property of text', () => setOn(CARD), /^TypeError: Cannot create property 'a' on string$/],
  ['the word in', () => 'a' in (CARD as unknown as object), /^TypeError: Cannot use 'in' operator/],
  [
    'bytes of nothing',
    () => Buffer.from(Number(7.4111) as unknown as string),
    /^TypeError: The first argument/,
  ],
  ['an encoding', () => Buffer.alloc(1, 'a', CARD as BufferEncoding), /^TypeError: /],
  ['a header', () => new Headers({ token: `${CARD}\n.` }), /invalid header value/],
  ['a time zone', () => new Intl.DateTimeFormat('de', { timeZone: CARD }), /Invalid time zone specified: …$/],
  ['a pattern', () => new RegExp(`${CARD}(`), /^SyntaxError: Invalid regular expression: …$/],
  [
    'zod',
    () => z.object({ a: z.literal(1) }).parse({ a: CARD }),
    /^ZodError: \.a does not fit \(rule: invalid_value\)$/,
  ],
  [
    'valibot',
    () => v.parse(v.object({ a: v.number() }), { a: CARD }),
    /^ValiError: \.a does not fit \(rule: number\)$/,
  ],
  [
    'arktype',
    () => type({ a: 'number<10' }).assert({ a: 41111111 }),
    /^TraversalError: \.a does not fit \(rule: max\)$/,
  ],
];

function setOn(text: unknown): void {
  (text as { a: number }).a = 1;
}

async function thrownBy(accident: () => unknown): Promise<unknown> {
  try {
    await accident();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a reason never contains a value that an error of the engine or a library quotes:', () => {
  test.each(ACCIDENTS)('%s', async (_, accident, rest) => {
    const error = await thrownBy(accident);
    for (const thrown of [error, new Error('page 7', { cause: error })]) {
      const reason = reasonOf(thrown);
      expect(reason).not.toMatch(/4111|1111 /);
    }
    expect(reasonOf(error)).toMatch(rest);
  });

  test('fetch of an invalid URL', async () => {
    const error = await fetch(CARD).catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).toBe('TypeError: Failed to parse URL from …: TypeError: Invalid URL');
  });

  test('an answer of AWS that is not JSON: the SDK adds a hint behind what V8 quotes', async () => {
    const error = await thrownBy(() => JSON.parse(`<${CARD}>`));
    if (!(error instanceof Error)) throw new Error('no error');
    // As deserializerMiddleware of the SDK does.
    error.message +=
      '\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response';
    expect(reasonOf(error)).toMatch(/^SyntaxError: Unexpected token '<' Deserialization error: to see/);
    expect(reasonOf(new Error(`wrapped: ${error.message}`))).not.toContain('4111');
  });

  test('the rest of its message stays', () => {
    expect(reasonOf(new Error('the page "a" has 7 rows, 8 were announced'))).toBe(
      'the page "a" has 7 rows, 8 were announced',
    );
    expect(reasonOf(new Error('Received 7 rows'))).toBe('Received 7 rows');
    expect(reasonOf(Object.assign(new Error('two'), { issues: [7] }))).toBe('two');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PermanentError, reasonOf } from '../../functions/errors.ts';
import { REASON_LENGTH_MAX } from '../../functions/limits.ts';

describe('the reason that goes with a dead letter', () => {
  test('is the message, and the name of the error where that says more', () => {
    expect(reasonOf(new PermanentError('no such page'))).toBe('no such page');
    expect(reasonOf(new Error('no such page'))).toBe('no such page');
    expect(reasonOf(new TypeError('x is not a function'))).toBe('TypeError: x is not a function');
    expect(reasonOf('plain text')).toBe('plain text');
  });

  test('is one line of bounded length', () => {
    const reason = reasonOf(new Error(`a\nb\u001b[31m\r\n\tc${'\u{1F4A7}'.repeat(1_000)}`));
    expect(reason).toMatch(/^a b \[31m c/);
    expect(reason).not.toMatch(/\p{Cc}/u);
    expect(reason.length).toBeLessThanOrEqual(REASON_LENGTH_MAX);
  });

  test('is what SQS takes as an attribute, whatever was thrown (fault 17)', () => {
    const thrown = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
      fc.string({ unit: 'binary' }).map((text) => new Error(text)),
      fc.constantFrom<unknown>(
        new Error(''),
        new Error('\uFFFE \uFFFF'),
        new Error('\uD800'),
        Symbol('s'),
        Object.assign(new Error(), { message: Symbol('s') }),
        Object.defineProperty(new Error(), 'message', {
          get() {
            throw new Error('hostile');
          },
        }),
      ),
    );
    fc.assert(
      fc.property(thrown, (error) => {
        const reason = reasonOf(error);
        expect(reason).not.toBe('');
        expect(reason.isWellFormed()).toBe(true);
        expect(reason).not.toMatch(/[\p{Cc}\uFFFE\uFFFF]/u);
        expect(reason.length).toBeLessThanOrEqual(REASON_LENGTH_MAX);
      }),
      { numRuns: 300 },
    );
  });
});

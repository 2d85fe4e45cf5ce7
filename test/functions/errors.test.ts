import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PermanentError, reasonOf } from '../../functions/errors.ts';
import { REASON_LENGTH_MAX } from '../../functions/limits.ts';
import fc from '../properties.ts';

describe('the reason of a dead letter', () => {
  test('is the message, and the name of the error where that says more', () => {
    expect(reasonOf(new PermanentError('no such page'))).toBe('no such page');
    expect(reasonOf(new Error('no such page'))).toBe('no such page');
    expect(reasonOf(new TypeError('x is not a function'))).toBe('TypeError: x is not a function');
    expect(reasonOf('plain text')).toBe('plain text');
  });

  test('names the cause too, because fetch itself only says "fetch failed"', async () => {
    // The server is closed: nobody listens at its port.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    server.close();
    await once(server, 'close');
    const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).toBe(`TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`);
    const both = new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('the other')], '');
    expect(reasonOf(new TypeError('fetch failed', { cause: both }))).toBe(
      'TypeError: fetch failed: connect ECONNREFUSED ::1:9',
    );
    const wrapped = new Error('page 7: the source is away', { cause: new Error('the source is away') });
    expect(reasonOf(wrapped)).toBe('page 7: the source is away');
  });

  test('a cause leaks no more than a message: no text that JSON.parse quotes, no query of a URL', () => {
    const quoted = ((): unknown => {
      try {
        return JSON.parse('secret text');
      } catch (error) {
        return error;
      }
    })();
    const reason = reasonOf(
      new Error('bad page', {
        cause: new Error('from https://me:pass@host/p?token=abc, page 7', { cause: quoted }),
      }),
    );
    expect(reason).toBe("bad page: from https://host/p?… page 7: SyntaxError: Unexpected token 's'");
    const endless = new Error('round');
    endless.cause = endless;
    expect(reasonOf(endless)).toBe('round');
    const long = new Error('outer', { cause: new Error('x'.repeat(5_000)) });
    expect(reasonOf(long).length).toBeLessThanOrEqual(REASON_LENGTH_MAX);
  });

  test('is one line of bounded length', () => {
    const reason = reasonOf(new Error(`a\nb\u001b[31m\r\n\tc${'\u{1F4A7}'.repeat(1_000)}`));
    expect(reason).toMatch(/^a b \[31m c/);
    expect(reason).not.toMatch(/\p{Cc}/u);
    expect(reason.length).toBeLessThanOrEqual(REASON_LENGTH_MAX);
  });

  test('is valid as an attribute of SQS, whatever was thrown', () => {
    const thrown = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
      fc.string({ unit: 'binary' }).map((text) => new Error(text)),
      fc.constantFrom<unknown>(
        new Error(''),
        new Error('x', { cause: Symbol('s') }),
        new Error('x', { cause: new Error('\uD800') }),
        new Error('x', { cause: new AggregateError([undefined], '') }),
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

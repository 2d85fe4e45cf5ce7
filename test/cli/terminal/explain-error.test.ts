import { expect, test } from 'vitest';
import { explain } from '../../../cli/terminal/explain-error.ts';

test('if cleaning up after a failure fails too, the first failure is reported', async () => {
  const failing = async () => {
    await using _ended = { [Symbol.asyncDispose]: () => Promise.reject(new Error('cannot be removed')) };
    throw new Error('read ECONNRESET at http://127.0.0.1:1');
  };
  const error = await failing().catch((thrown: unknown) => thrown);
  expect(explain(error)).toBe('read ECONNRESET at http://127.0.0.1:1');
});

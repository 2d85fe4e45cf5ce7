import { expect, test } from 'vitest';
import { explain } from '../../../cli/terminal/explain-error.ts';

test('of a failure and one more while it was tidied up, the first is told', async () => {
  const failing = async () => {
    await using _ended = { [Symbol.asyncDispose]: () => Promise.reject(new Error('cannot be removed')) };
    throw new Error('read ECONNRESET at http://127.0.0.1:1');
  };
  const error = await failing().catch((thrown: unknown) => thrown);
  expect(explain(error)).toBe('read ECONNRESET at http://127.0.0.1:1');
});

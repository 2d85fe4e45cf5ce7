import { expect, test } from 'vitest';
import { withReadersMaxOfStack } from '../../../functions/aws/readers-max.ts';
import { defaultLimits } from '../../../functions/limits.ts';

const pipeline = { limits: defaultLimits, backfill: { readersMax: 5, share: 0.2 } };

test('A reader that goes on alone divides the rate by as many readers as the settings of its stack allow', () => {
  const env = { WEIR_READERS_MAX: '30', WEIR_BACKFILL_READERS_MAX: '9' };
  const { limits, backfill } = withReadersMaxOfStack(pipeline, env);
  expect([limits.readersMax, backfill]).toEqual([30, { readersMax: 9, share: 0.2 }]);
});

test.each(['', '0', '2.5', 'many', '-3', 'Infinity'])(
  'Where the stack says "%s", the file counts',
  (value) => {
    const env = { WEIR_READERS_MAX: value, WEIR_BACKFILL_READERS_MAX: value };
    expect(withReadersMaxOfStack(pipeline, env)).toEqual(pipeline);
  },
);

test('A pipeline without a backfill lane gets none from its stack', () => {
  const env = { WEIR_BACKFILL_READERS_MAX: '9' };
  expect(withReadersMaxOfStack({ limits: defaultLimits }, env).backfill).toBeUndefined();
});

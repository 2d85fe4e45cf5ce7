import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { BackfillOptions } from '../../functions/backfill.ts';
import { definePipeline } from '../../functions/pipeline.ts';
import { problemsOf } from './problems-of.ts';

const source = { of: ({ host }: { host: string }) => host, rate: 20 };
const sound = {
  name: 'sales',
  request: v.object({ host: v.string() }),
  read: async () => [1],
  initial: () => 0,
  compute: (sum: number) => sum,
};

function problemsOfBackfill(backfill: unknown, more: object = { source }): string[] {
  return problemsOf(() => definePipeline({ ...sound, ...more, backfill: backfill as BackfillOptions }));
}

describe('the backfill option of a definition', () => {
  test.each([
    [
      { share: 0 },
      /^backfill\.share is 0: use a part of each source's limits from 0\.01 to 0\.99, such as 0\.2$/,
    ],
    [{ share: 1 }, /^backfill\.share is 1: /],
    [{ share: -0.2 }, /^backfill\.share is -0\.2: /],
    [{ share: Number.NaN }, /^backfill\.share is NaN: /],
    [{ share: '20 %' }, /^backfill\.share is "20 %", a string: /],
    [{ readersMax: 1 }, /^backfill\.readersMax is 1: use a whole number from 2 to 1000$/],
    [{ readersMax: 1001 }, /^backfill\.readersMax is 1001: /],
    [{ readersMax: 2.5 }, /^backfill\.readersMax is 2\.5: /],
    [{ readersMax: Number.NaN }, /^backfill\.readersMax is NaN: /],
    [{ shares: 0.2 }, /^backfill\.shares is not an option: did you mean share\?$/],
    [true, /^backfill is a boolean: use an object, backfill: \{ readersMax: 5, share: 0\.2 \}$/],
    [null, /^backfill is null: use an object/],
  ])('that cannot work is refused by its name: %o', (backfill, problem) => {
    expect(problemsOfBackfill(backfill)).toEqual([expect.stringMatching(problem)]);
  });

  test('with a share needs sources', () => {
    expect(problemsOfBackfill({ share: 0.5 }, {})).toEqual([
      'backfill.share goes with source: without source there are no limits to share; add source, or remove share',
    ]);
    expect(problemsOfBackfill({ readersMax: 9 }, {})).toEqual([]);
  });

  test('gets its defaults, and stays absent if it is not given', () => {
    expect(definePipeline({ ...sound, source, backfill: {} }).backfill).toEqual({
      readersMax: 5,
      share: 0.2,
    });
    expect(definePipeline({ ...sound, source, backfill: { share: 0.5 } }).backfill).toEqual({
      readersMax: 5,
      share: 0.5,
    });
    expect(definePipeline(sound).backfill).toBeUndefined();
  });
});

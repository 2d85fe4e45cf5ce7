/** The output of `weir check` for a pipeline: order, merge, and the merge that it suggests. */
import { expect, test } from 'vitest';
import type { Pipeline } from '../../functions/pipeline.ts';
import { checkReadings } from '../../testing/check-pipeline.ts';
import { FALSE_MERGES, TRUE_MERGES } from './merges.ts';
import { bookings, totals } from './pipelines.ts';

const words = ['to', 'be', 'or', 'not', 'to', 'be'];
const requests = words.map((word, index) => ({
  ...{ n: index + 1, id: undefined, foundId: undefined, turn: undefined, refused: undefined },
  readings: [
    { key: 'k', n: index + 1, place: 1, text: JSON.stringify({ n: index * 3 - 5, amount: index, word }) },
  ],
}));
const checkOf = (pipeline: Pipeline) => checkReadings({ ...pipeline, merge: undefined }, requests);
const withMerge = (name: string, list = TRUE_MERGES) => {
  const pipeline = list.find(([each]) => each === name)?.[1];
  if (pipeline === undefined) throw new Error(`there is no ${name}`);
  return pipeline;
};
const rulesOf = (pipeline: Pipeline) => {
  const { suggestion } = checkOf(pipeline);
  return suggestion?.kind === 'holds' ? Object.fromEntries(suggestion.rules) : suggestion?.kind;
};

test('a check names the merge that would hold, place by place of the state', () => {
  expect(rulesOf(withMerge('a mean, as sum and count'))).toEqual({ sum: 'a + b', count: 'a + b' });
  expect(rulesOf(withMerge('a maximum'))).toEqual({ '': 'the larger one that is not null' });
  expect(rulesOf(withMerge('a set'))).toEqual({ '': 'the sorted union of a and b' });
  expect(rulesOf(withMerge('counts of words, changed in place'))).toEqual({ '*': 'a + b' });
  expect(rulesOf(withMerge('a list in its order'))).toEqual({ '': '[...a, ...b]' });
  expect(rulesOf(withMerge('the last word'))).toEqual({ '': 'b, or a if b is still the initial value' });
});

test('a check reports that no merge is possible or found, and what compute uses that a reader lacks', () => {
  // A switch that was used twice is as one that was not, and so are all that follow: there is a merge, but no plain one.
  expect(rulesOf(withMerge('a switch', FALSE_MERGES))).toBe('unknown');
  expect(rulesOf(withMerge('a mean of means', FALSE_MERGES))).toBe('unknown');
  // Of parts that make nothing, the one that falls below nothing counts in the whole.
  expect(rulesOf(withMerge('a balance that does not fall below nothing', FALSE_MERGES))).toBe('none');
  expect(
    checkOf(withMerge('a balance that may not fall below nothing', FALSE_MERGES)).suggestion,
  ).toMatchObject({
    kind: 'none',
    example: expect.stringContaining('for a whole, compute throws'),
  });
  expect(checkOf(totals).suggestion).toEqual({ kind: 'uses', example: 'emit' });
});

test('a check says whether the order of readings matters', () => {
  expect(checkOf(withMerge('a sum')).order).toBeUndefined();
  expect(checkOf(withMerge('a list in its order')).order?.kind).toBe('order-sensitive');
});

test('a check of a compute that is not repeatable says only that', () => {
  const compute = () => ({ sum: Math.random() });
  const report = checkOf(bookings<{ sum: number }>({ initial: () => ({ sum: 0 }), compute }));
  expect(report.problems.map(({ kind }) => kind)).toEqual(['not deterministic']);
  expect(report).toMatchObject({ order: undefined, suggestion: undefined });
});

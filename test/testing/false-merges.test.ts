/** The merges that the kit accepts and rejects. */
import { describe, expect, test } from 'vitest';
import { checkCompute, expectSound } from 'weir-pipelines/testing';
import type { Pipeline } from '../../functions/pipeline.ts';
import { runMany } from './many-readings.ts';
import { FALSE_MERGES, requestsToMerge, TRUE_MERGES } from './merges.ts';

const problemsOf = async (pipeline: Pipeline | undefined) => {
  if (pipeline === undefined) throw new Error('there is no such pipeline');
  return (await checkCompute(pipeline, { requests: requestsToMerge, poison: 'allowed' })).problems;
};
const falseMerge = (name: string) => FALSE_MERGES.find(([each]) => each === name)?.[1];

test.each(TRUE_MERGES)('the kit accepts a correct merge: %s', async (_, pipeline) => {
  expect(await problemsOf(pipeline)).toEqual([]);
});

test.each(FALSE_MERGES)('the kit refutes a wrong merge: %s', async (_, pipeline) => {
  const problems = await problemsOf(pipeline);
  expect(problems.map(({ kind }) => kind)).toEqual(['false merge']);
});

describe('a wrong merge', () => {
  test('is refuted by a smallest example, with the states of both parts and of the whole', async () => {
    const [problem] = await problemsOf(falseMerge('a maximum that takes the later one'));
    expect(problem?.text).toMatchInlineSnapshot(`
      "merge does not give the state that compute makes of the same readings in order (key "all"):
        a is made from {"n":-3,"word":"to"}: -3
        b is made from no readings: -1000
        merge(a, b) gives -1000
        in order the readings make -3
        it: -3, then -1000"
    `);
    expect(problem?.wayOut).toContain('Fix merge, or leave it out');
  });

  test('that fails only on long rows of readings is refuted by a reduced row', async () => {
    const [problem] = await problemsOf(falseMerge('a count that ends at 40'));
    expect(problem?.text).toContain('merge(a, b) gives 41');
    expect(problem?.text).toContain('in order the readings make 40');
  });

  test('only because of rounded fractions is reported as such', async () => {
    const [problem] = await problemsOf(falseMerge('a sum of fractions'));
    expect(problem?.wayOut).toContain('only by rounding: use whole numbers');
  });
});

test('a pipeline that merges is sound under faults, and its readings are counted once', async () => {
  const [, pipeline] = TRUE_MERGES.find(([name]) => name === 'a list in its order') ?? [];
  if (pipeline === undefined) throw new Error('there is no such pipeline');
  const { simulation } = await expectSound(pipeline, { requests: requestsToMerge, seeds: 20 });
  expect(simulation.applied).toBeGreaterThan(100);
});

test('thousands of readings that are merged make at every commit the state of the plain fold, whatever fails', async () => {
  for (const seed of [1, 2]) {
    const { applied, submitted, faults, violations } = await runMany(seed, 100);
    expect(violations).toEqual([]);
    expect(applied).toBe(submitted);
    expect(faults).toBeGreaterThan(100);
  }
});

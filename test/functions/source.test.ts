import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../functions/errors.ts';
import { definePipeline } from '../../functions/pipeline.ts';
import { sourceOf } from '../../functions/source.ts';
import { problemsOf } from './problems-of.ts';

const sound = {
  name: 'sales',
  request: v.object({ host: v.string() }),
  read: async () => [1],
  initial: () => 0,
  compute: (sum: number) => sum,
};
const of: (request: { host: string }) => string = () => 'api.example.com';

function problemsOfSource(source: unknown): string[] {
  return problemsOf(() => definePipeline({ ...sound, source: source as { readonly of: () => string } }));
}

describe('the source option of a definition', () => {
  test.each([
    [{ of, rate: 0 }, /^source\.rate is 0: use reads a second/],
    [{ of, rate: -5 }, /^source\.rate is -5: /],
    [{ of, rate: Number.NaN }, /^source\.rate is NaN: /],
    [{ of, rate: Number.POSITIVE_INFINITY }, /^source\.rate is Infinity: /],
    [{ of, rate: '20' }, /^source\.rate is "20", a string: /],
    [{ of, rate: 20, burst: 0 }, /^source\.burst is 0: use a whole number from 1/],
    [{ of, rate: 20, burst: 1.5 }, /^source\.burst is 1\.5: /],
    [{ of, burst: 5 }, /^source\.burst goes with source\.rate: add rate/],
    [{ of, concurrency: 0 }, /^source\.concurrency is 0: use a whole number from 1 to 1000, or "adaptive"$/],
    [{ of, concurrency: 'auto' }, /^source\.concurrency is "auto", a string: .* or "adaptive"$/],
    [{ of, rat: 20 }, /^source\.rat is not an option: did you mean rate\?$/],
    [{ rate: 20 }, /^source\.of is undefined: use a function/],
    [{ of: async () => 'x' }, /^source\.of is an async function: use a function/],
    [of, /^source is a function: use an object, source: \{ of: /],
    [null, /^source is null: use an object/],
  ])('that cannot work is refused by its name: %o', (source, problem) => {
    expect(problemsOfSource(source)).toEqual([expect.stringMatching(problem)]);
  });

  test('may have any of its options, and stays absent if it is not given', () => {
    expect(problemsOfSource({ of })).toEqual([]);
    expect(problemsOfSource({ of, rate: 0.5, burst: 3, concurrency: 'adaptive' })).toEqual([]);
    expect(definePipeline({ ...sound, source: { of: ({ host }) => host } }).source?.of({ host: 'h' })).toBe(
      'h',
    );
    expect(definePipeline(sound).source).toBeUndefined();
  });
});

describe('the name of a source', () => {
  test.each<[string, (request: unknown) => unknown, RegExp]>([
    ['that throws', () => JSON.parse('{'), /^source\.of threw/],
    ['that gives no string', () => 7, /^source\.of returned a number, the name of a source is a string$/],
    ['that gives a promise', async () => 'x', /^source\.of returned a promise/],
    ['that gives nothing', () => '', /^source\.of returned a name of 0 bytes: use 1 to 256/],
    ['that gives too much', () => 'ä'.repeat(129), /^source\.of returned a name of 258 bytes/],
    ['that gives half a character', () => '\ud800', /whole characters$/],
  ])('%s is a permanent failure, and the reason says so', (_, own, problem) => {
    const call = () => sourceOf({ of: own as () => string }, {});
    expect(call).toThrow(PermanentError);
    expect(call).toThrow(problem);
  });
});

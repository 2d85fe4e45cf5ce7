import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyPatch } from '../../../simulate/campaign/patch-source.ts';
import { tryMutants } from '../../../simulate/campaign/try-mutants.ts';
import { firstSeeds } from '../../../simulate/mutants/first-seeds.ts';
import { mutants } from '../../../simulate/mutants/mutants.ts';

/** A search of more seeds than these takes more than a minute of a core. */
const SEARCHED_MAX = 300;
const tried = lazily(() => tryMutants(mutants, 2, 0));

test('each planted bug is caught within two thousand seeds', { timeout: 60 * 60_000 }, async () => {
  expect(mutants.length).toBeGreaterThanOrEqual(18);
  expect((await tried()).filter(({ caught }) => !caught).map(({ name }) => name)).toEqual([]);
});

test('nearly every planted bug is caught by the seed that is listed for it, without a search', {
  timeout: 60 * 60_000,
}, async () => {
  const stale = (await tried()).filter(({ seeds }) => seeds > 1);
  const lines = stale.map(({ name, firstSeed }) => `  '${name}': ${firstSeed},`);
  const message = ['Put these into simulate/mutants/first-seeds.ts:', ...lines].join('\n');
  if (stale.length > 0) console.warn(message);
  const searched = stale.reduce((sum, { seeds }) => sum + seeds, 0);
  expect(searched, message).toBeLessThanOrEqual(SEARCHED_MAX);
});

test('every seed that is listed is that of a planted bug', () => {
  const names = mutants.map(({ name }) => name);
  expect(Object.keys(firstSeeds).filter((name) => !names.includes(name))).toEqual([]);
});

test('every planted bug changes a place that exists, once', () => {
  for (const mutant of mutants) {
    const source = readFileSync(mutant.file, 'utf8');
    expect(applyPatch(source, mutant)).not.toBe(source);
  }
});

test('a patch that no longer matches its source fails with that reason', () => {
  const patch = { file: 'functions/a.ts', find: 'b', replace: 'c' };
  expect(() => applyPatch('a', patch)).toThrow('"b" is in functions/a.ts 0 times, a patch needs it once');
  expect(() => applyPatch('bb', patch)).toThrow('2 times');
});

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

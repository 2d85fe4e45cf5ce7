import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyPatch } from '../../../simulate/campaign/patch-source.ts';
import { tryMutants } from '../../../simulate/campaign/try-mutants.ts';
import { mutants } from '../../../simulate/mutants/mutants.ts';

test('each planted bug is caught within two thousand seeds', { timeout: 60 * 60_000 }, async () => {
  expect(mutants.length).toBeGreaterThanOrEqual(18);
  const results = await tryMutants(mutants, 2, 0);
  expect(results.filter(({ caught }) => !caught).map(({ name }) => name)).toEqual([]);
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

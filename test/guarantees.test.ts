/** docs/guarantees.md names tests by their titles: each of them exists. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('every guarantee in the docs names a test that exists', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/guarantees.md'), 'utf8');
  const titles = [...text.matchAll(/^ {2}- `(.+)`$/gm)].map(([, title]) => title ?? '');
  expect(titles.length).toBeGreaterThan(25);
  // The contract suites are run by test files that hold no titles themselves.
  const tests = globSync(['**/*.test.ts', 'contract/*.ts'], { cwd: import.meta.dirname })
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join('\n');
  expect(titles.filter((title) => !tests.includes(`'${title}'`))).toEqual([]);
});

/** docs/guarantees.md names tests by their titles: each of them exists. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test.each([
  { file: 'guarantees.md', title: /^ {2}- `(.+)`$/gm, least: 25 },
  { file: 'recovery.md', title: /\| `([^`|]+)` \|$/gm, least: 12 },
])('every guarantee in docs/$file names a test that exists', ({ file, title, least }) => {
  const text = readFileSync(join(import.meta.dirname, '../docs', file), 'utf8');
  const titles = [...text.matchAll(title)].map(([, found]) => found ?? '');
  expect(titles.length).toBeGreaterThan(least);
  // The contract suites are run by test files that hold no titles themselves.
  const tests = globSync(['**/*.test.ts', 'contract/*.ts'], { cwd: import.meta.dirname })
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join('\n');
  expect(titles.filter((title) => !tests.includes(`'${title}'`))).toEqual([]);
});

/** docs/guarantees.md names tests by their full titles, and each of them exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GUARANTEES_FILE, QUOTED_TITLE, withWholeTitles } from './expand-titles.ts';
import { testTitles, titlesIn } from './test-titles.ts';

const titles = testTitles();

test('every guarantee in docs/guarantees.md names a test that exists, by its whole title', () => {
  const text = readFileSync(GUARANTEES_FILE, 'utf8');
  const named = [...text.matchAll(QUOTED_TITLE)].map(([, title = '']) => title);
  expect(named.length).toBeGreaterThan(25);
  // Where only the group's title is missing, npm run docs adds it.
  expect(named.filter((title) => !titles.includes(title))).toEqual([]);
});

test('every case in docs/recovery.md names a test that exists', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/recovery.md'), 'utf8');
  const named = [...text.matchAll(/\| `([^`|]+)` \|$/gm)].map(([, title = '']) => title);
  expect(named.length).toBeGreaterThan(12);
  expect(
    named.filter((title) => !titles.some((each) => each === title || each.endsWith(` ${title}`))),
  ).toEqual([]);
});

test('a title is found behind a table of cases, in the next line and inside of groups, and made whole', () => {
  const source = `describe('a key', () => {
  test('stops', () => {});
  test.each([
    ['x', 1],
  ])('goes on with %s', () => {});
});

test(
  "is 'alone'",
  async () => {},
);
`;
  const found = ['a key', 'a key stops', 'a key goes on with %s', "is 'alone'"];
  expect(titlesIn(source)).toEqual(found);
  expect(withWholeTitles('  - `stops`\n  - `a key stops`\n  - `none`\n', found)).toBe(
    '  - `a key stops`\n  - `a key stops`\n  - `none`\n',
  );
});

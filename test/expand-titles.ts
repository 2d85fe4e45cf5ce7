/**
 * `npm run docs`: writes full test titles into docs/guarantees.md, including those of the surrounding
 * `describe` blocks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testTitles } from './test-titles.ts';

export const GUARANTEES_FILE = join(import.meta.dirname, '../docs/guarantees.md');
export const QUOTED_TITLE = /^ {2}- `(.+)`$/gm;

/** A title that is whole, or the end of several, stays as it is. */
export function withWholeTitles(markdown: string, titles: readonly string[]): string {
  return markdown.replace(QUOTED_TITLE, (line, title: string) => {
    const whole = titles.filter((each) => each.endsWith(` ${title}`));
    return titles.includes(title) || whole.length !== 1 ? line : `  - \`${whole[0]}\``;
  });
}

if (import.meta.main) {
  writeFileSync(GUARANTEES_FILE, withWholeTitles(readFileSync(GUARANTEES_FILE, 'utf8'), testTitles()));
}

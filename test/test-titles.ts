/**
 * The full titles of all tests and groups of tests: those of the surrounding `describe` blocks, then its own,
 * as one sentence.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The contract suites are run by test files that hold no titles themselves. */
const FILES = ['**/*.test.ts', 'contract/*.ts'];

export function testTitles(): string[] {
  return globSync(FILES, { cwd: import.meta.dirname })
    .sort()
    .flatMap((file) => titlesIn(readFileSync(join(import.meta.dirname, file), 'utf8')));
}

/** By the indentation that the formatter gives: what stands deeper than a `describe`, up to its end, is in it. */
export function titlesIn(source: string): string[] {
  const around: { indent: number; title: string }[] = [];
  const titles: string[] = [];
  const lines = source.split('\n');
  for (const [at, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (/^\s*\}\);?$/.test(line))
      while (around.length > 0 && (around.at(-1)?.indent ?? 0) >= indent) around.pop();
    const call = /^\s*(describe|test)\b/.exec(line)?.[1];
    if (call === undefined) continue;
    const title = titleFrom(lines, at, indent);
    if (title === undefined) continue;
    titles.push([...around.map((each) => each.title), title].join(' '));
    if (call === 'describe') around.push({ indent, title });
  }
  return titles;
}

/** In the line of the call, in the next one, or behind the table of an `each`, which ends at the same indentation. */
function titleFrom(lines: readonly string[], at: number, indent: number): string | undefined {
  const own = quotedIn(lines[at] ?? '', /\((['"`])((?:\\.|(?!\1).)*)\1(?:,|$)/);
  if (own !== undefined) return own;
  for (const [ahead, line] of lines.slice(at + 1).entries()) {
    const behindTable = line.search(/\S/) === indent && /^\s*[\])}]/.test(line);
    if (ahead === 0 || behindTable) {
      const found = quotedIn(
        line,
        behindTable ? /\((['"`])((?:\\.|(?!\1).)*)\1/ : /^\s*(['"`])((?:\\.|(?!\1).)*)\1,?$/,
      );
      if (found !== undefined) return found;
    }
    if (behindTable) return quotedIn(lines[at + ahead + 2] ?? '', /^\s*(['"`])((?:\\.|(?!\1).)*)\1,?$/);
  }
  return undefined;
}

function quotedIn(line: string, pattern: RegExp): string | undefined {
  return pattern.exec(line)?.[2]?.replace(/\\(.)/g, '$1');
}

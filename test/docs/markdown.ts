/** The repository's documents: their links, the anchors for links, and the commands that they quote. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();

export function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** What links and pictures point to, outside of code. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/** As GitHub names headings: small letters, no punctuation, dashes for spaces. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** Commands of Weir and of npm. */
export function commandsOf(markdown: string): string[] {
  return codeOf(markdown).filter((line) => COMMAND.test(line));
}

/** Files of the repository that a quoted command runs: `node bench/x.ts`, `npx vitest run test/x.test.ts`. */
export function filesRunBy(markdown: string): string[] {
  return codeOf(markdown).flatMap((line) => /^(?:node|npx vitest run) (\w+\/\S+\.ts)/.exec(line)?.[1] ?? []);
}

/** Lines of code blocks, and inline code. A line that ends in a backslash goes on in the next one. */
function codeOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```(?:sh.*|bash|)\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
    text.replace(/\\\n\s*/g, ' ').split('\n'),
  );
  const inline = [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...blocks, ...inline].map((line) => line.trim());
}

/** Not the title of a test in which %s stands for a command. */
const COMMAND = /^(?:npx weir|weir|npm (?:run|start|test))(?: [a-zA-Z-]|$)/;

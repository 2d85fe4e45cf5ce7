/**
 * Keeps the output of the functions until the progress and the report are finished, so that they do not mix,
 * and then passes it on at once. The first lines go to the screen. If there are more, all lines go to a file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_MODE } from '../terminal/file-mode.ts';
import { shownPath } from '../terminal/paths.ts';

const LINES_SHOWN = 20;

export interface FunctionsOutput {
  add(functionName: string, line: string): void;
  /** `whole` also shows Weir's own lines about what the report says: failures, dead letters and stopped keys. */
  show(whole: boolean): Promise<void>;
}

export function collectLines(file: string, print: (text: string) => void): FunctionsOutput {
  const lines: { readonly text: string; readonly reported: boolean }[] = [];
  let shown = false;
  return {
    add(functionName, line) {
      const text = `${functionName}: ${line}`;
      if (shown) print(text);
      else lines.push({ text, reported: isReported(line) });
    },
    async show(whole) {
      shown = true;
      const first = lines.filter(({ reported }) => whole || !reported).slice(0, LINES_SHOWN);
      if (first.length > 0) print(`\n${first.map(({ text }) => text).join('\n')}`);
      const more = lines.length - first.length;
      if (more === 0) return;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, lines.map(({ text }) => `${text}\n`).join(''), { mode: FILE_MODE });
      print(`${more === 1 ? '1 more line' : `${more} more lines`} of the functions' log: ${shownPath(file)}`);
    },
  };
}

/** Quotes within a field are escaped, so the kind is found at its own place only. */
function isReported(line: string): boolean {
  return line.startsWith('{"level":"error",') && /"kind":"(?:failure|set aside|stopped)"/.test(line);
}

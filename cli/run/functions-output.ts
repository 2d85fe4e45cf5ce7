/**
 * Keeps the output of the functions until the progress and the report are finished, so that they do not mix,
 * and then passes it on at once. The first lines go to the screen, all lines to a file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_MODE } from '../terminal/file-mode.ts';
import { shownPath } from '../terminal/paths.ts';

const LINES_SHOWN = 20;

export interface FunctionsOutput {
  add(line: string): void;
  show(): Promise<void>;
}

export function collectLines(file: string, print: (text: string) => void): FunctionsOutput {
  const lines: string[] = [];
  let shown = false;
  return {
    add(line) {
      if (shown) print(line);
      else lines.push(line);
    },
    async show() {
      shown = true;
      if (lines.length === 0) return;
      print(`\n${lines.slice(0, LINES_SHOWN).join('\n')}`);
      if (lines.length <= LINES_SHOWN) return;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${lines.join('\n')}\n`, { mode: FILE_MODE });
      print(`... and ${lines.length - LINES_SHOWN} lines more: ${shownPath(file)}`);
    },
  };
}

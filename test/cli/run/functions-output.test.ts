import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collectLines } from '../../../cli/run/functions-output.ts';

describe('what functions print', () => {
  test('waits for the report, and comes at once from then on: a run that stays up hides nothing', async () => {
    const printed: string[] = [];
    const output = collectLines('never-written', (text) => printed.push(text));
    output.add('early');
    expect(printed).toEqual([]);
    await output.show();
    output.add('late');
    expect(printed).toEqual(['\nearly', 'late']);
  });

  test('is cut on the screen and said to be, and is whole in the file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'weir-')), 'logs', 'functions.log');
    const printed: string[] = [];
    const output = collectLines(file, (text) => printed.push(text));
    const lines = Array.from({ length: 25 }, (_, n) => `line ${n}`);
    for (const line of lines) output.add(line);
    await output.show();
    expect(printed.at(-1)).toMatch(/^\.\.\. and 5 lines more: .*functions\.log$/);
    expect(readFileSync(file, 'utf8')).toBe(`${lines.join('\n')}\n`);
  });
});

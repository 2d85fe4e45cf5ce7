import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collectLines } from '../../../cli/run/functions-output.ts';
import { logLine } from '../../../functions/log.ts';

describe('the output of functions', () => {
  test('waits for the report, and is shown at once from then on', async () => {
    const printed: string[] = [];
    const output = collectLines('never-written', (text) => printed.push(text));
    output.add('Reader', 'early');
    expect(printed).toEqual([]);
    await output.show(false);
    output.add('Reader', 'late');
    expect(printed).toEqual(['\nReader: early', 'Reader: late']);
  });

  test('is cut on the screen with a note, and is whole in the file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'weir-')), 'logs', 'functions.log');
    const printed: string[] = [];
    const output = collectLines(file, (text) => printed.push(text));
    const lines = Array.from({ length: 25 }, (_, n) => `line ${n}`);
    for (const line of lines) output.add('Reader', line);
    await output.show(false);
    expect(printed.at(-1)).toMatch(/^5 more lines of the functions' log: .*functions\.log$/);
    expect(readFileSync(file, 'utf8')).toBe(lines.map((line) => `Reader: ${line}\n`).join(''));
  });

  test('leaves out the failures and dead letters that the report tells, unless the run is --verbose', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'weir-')), 'functions.log');
    const lines = [
      logLine('error', { kind: 'failure', reason: 'the source is away' }),
      logLine('error', { key: 'k', reasons: ['too large'], kind: 'set aside' }),
      logLine('error', { key: 'k', reason: 'negative', kind: 'stopped' }),
      logLine('error', { kind: 'source not shared', reason: 'a "kind":"failure" of the table' }),
      'printed by user code',
    ];
    const shownWhen = async (whole: boolean) => {
      const printed: string[] = [];
      const output = collectLines(file, (text) => printed.push(text));
      for (const line of lines) output.add('Compute', line);
      await output.show(whole);
      return printed;
    };
    const whole = lines.map((line) => `Compute: ${line}`);
    expect(await shownWhen(true)).toEqual([`\n${whole.join('\n')}`]);
    expect(await shownWhen(false)).toEqual([
      `\n${whole.slice(3).join('\n')}`,
      expect.stringMatching(/^3 more lines of the functions' log: .*functions\.log$/),
    ]);
    expect(readFileSync(file, 'utf8')).toBe(`${whole.join('\n')}\n`);
  });
});

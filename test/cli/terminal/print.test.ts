import { expect, onTestFinished, test, vi } from 'vitest';
import { asStored, printJson, printValue } from '../../../cli/terminal/print.ts';

/** What is printed meanwhile. */
function linesOf(print: () => void): string {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
  onTestFinished(() => spy.mockRestore());
  print();
  return lines.join('\n');
}

test('a state is shown as it is stored: -0 stays, and so does every digit', () => {
  const stored = '{"a":-0,"b":[1e400,12345678901234567890123456.28,0.10],"c":"-0","d":{"e":null}}';
  for (const print of [printJson, printValue]) {
    const shown = linesOf(() => print({ state: asStored(stored), more: -0 }));
    expect(shown.replace(/\s/g, '')).toBe(`{"state":${stored},"more":-0}`);
  }
});

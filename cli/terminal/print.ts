/** Prints the commands' output: foreign text made printable, JSON unchanged. */
import { keepNegativeZero, parseWithSource, rawJson } from '../../functions/json-source.ts';
import { printable } from '../../local/report/printable.ts';
import { paint, type Style, type Terminal, terminalOf } from '../../local/report/terminal.ts';
import { type Column, renderTable } from '../../local/report/text-table.ts';

/** Exit statuses besides 0, 1 (it failed) and 2 (it was called wrongly): there is something to look at. */
export const FOUND = 3;

export function printJson(value: unknown): void {
  console.log(indented(value));
}

export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  const { interactive, ...rest } = terminal();
  // Output that does not go to a terminal is not cut.
  const width = interactive ? rest.columns : Number.POSITIVE_INFINITY;
  console.log(renderTable(columns, rows, { ...rest, interactive, columns: width }).join('\n'));
}

export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  const width = Math.max(...pairs.map(([name]) => name.length));
  for (const [name, value] of pairs) console.log(`  ${name.padEnd(width)}  ${printable(value)}`);
}

/** JSON for people: indented, with control characters made visible. */
export function printValue(value: unknown): void {
  const lines = (indented(value) ?? 'nothing').split('\n');
  console.log(lines.map((line) => `  ${printable(line)}`).join('\n'));
}

/**
 * JSON text as a printable value whose numbers keep the digits of the text. Parsed and printed as usual, a
 * handwritten 1e400 would become null.
 */
export function asStored(text: string): unknown {
  return parseWithSource(text, (_name, value, { source }) =>
    typeof value === 'number' ? rawJson(source) : value,
  );
}

function indented(value: unknown): string | undefined {
  return JSON.stringify(value, keepNegativeZero, 2);
}

export function styled(style: Style, text: string): string {
  return paint(terminal(), style, text);
}

export function quote(text: string): string {
  return printable(JSON.stringify(text));
}

function terminal(): Terminal {
  return terminalOf(process.stdout);
}

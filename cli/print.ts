/** What the commands print: text of strangers made printable, JSON as it is. */
import { printable } from '../local/report/printable.ts';
import { paint, type Style, type Terminal, terminalOf } from '../local/report/terminal.ts';
import { type Column, renderTable } from '../local/report/text-table.ts';

/** Exit statuses beside 0, 1 (it failed) and 2 (it was called wrongly): there is something to look at. */
export const FOUND = 3;

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  const { interactive, ...rest } = terminal();
  // What goes elsewhere is cut for nobody.
  const width = interactive ? rest.columns : Number.POSITIVE_INFINITY;
  console.log(renderTable(columns, rows, { ...rest, interactive, columns: width }).join('\n'));
}

export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  const width = Math.max(...pairs.map(([name]) => name.length));
  for (const [name, value] of pairs) console.log(`  ${name.padEnd(width)}  ${printable(value)}`);
}

/** JSON for people: indented, and nothing in it that a terminal would obey. */
export function printValue(value: unknown): void {
  const lines = (JSON.stringify(value, null, 2) ?? 'nothing').split('\n');
  console.log(lines.map((line) => `  ${printable(line)}`).join('\n'));
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

/** Rows as aligned text. The last column takes the rest of the width and is cut to it. */
import { fit, padEnd, padStart, printable, widthOf } from './printable.ts';
import { paint, type Terminal } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Maximum width in cells. */
  readonly width?: number;
}

/** Cells may contain foreign text: they are made printable here. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title, width = Number.POSITIVE_INFINITY }, index) =>
    Math.min(width, Math.max(widthOf(title), ...cells.map((row) => widthOf(row[index] ?? '')))),
  );
  const others = widths.slice(0, -1).reduce((total, width) => total + width + GAP.length, INDENT.length);
  const last = widths.length - 1;
  widths[last] = Math.max(LAST_WIDTH_MIN, Math.min(widths[last] ?? 0, terminal.columns - others));
  const line = (row: readonly string[]): string =>
    INDENT +
    columns
      .map(({ align }, index) => {
        const width = widths[index] ?? 0;
        const cell = fit(row[index] ?? '', width);
        return align === 'right' ? padStart(cell, width) : padEnd(cell, width);
      })
      .join(GAP)
      .trimEnd();
  return [paint(terminal, 'dim', line(columns.map(({ title }) => title))), ...cells.map(line)];
}

const INDENT = '  ';
const GAP = '  ';
const LAST_WIDTH_MIN = 8;

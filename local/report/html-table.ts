/**
 * A card with a table. Texts are aligned left, numbers right. All text is escaped: keys and reasons may come
 * from outside.
 */
import { escapeMarkup } from './printable.ts';
import { formatCount } from './units.ts';

export type HtmlCell = string | number;

/** Returns '' without rows. The first column names the row. */
export function renderHtmlTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly HtmlCell[])[],
  note = '',
): string {
  if (rows.length === 0) return '';
  const isText = (index: number): boolean => isTextCell(rows[0]?.[index] ?? '');
  const head = columns.map((name, index) => `<th scope="col"${textClass(isText(index))}>${name}</th>`);
  const body = rows.map(
    (row) => `<tr>${row.map((cell, index) => renderCell(cell, columns[index] ?? '', index)).join('')}</tr>`,
  );
  return `<section class="card"><h2>${title}</h2><div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>${note === '' ? '' : `<p class="note">${escapeMarkup(note)}</p>`}</section>`;
}

/** On a narrow screen the cells of a row are stacked, each after the name of its column. */
function renderCell(cell: HtmlCell, column: string, index: number): string {
  const text = typeof cell === 'number' ? formatCount(cell) : escapeMarkup(cell);
  return index === 0
    ? `<th scope="row">${text}</th>`
    : `<td data-column="${column}"${textClass(isTextCell(cell))}>${text}</td>`;
}

/** A text like "0.042" is a number that was formatted to keep its digits. */
function isTextCell(cell: HtmlCell): boolean {
  return typeof cell === 'string' && !/^[\d.,]*$/.test(cell);
}

function textClass(isText: boolean): string {
  return isText ? ' class="state"' : '';
}

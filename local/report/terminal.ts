/**
 * The properties of the stream that text goes to. Only a terminal gets colours and redrawn lines, and colours
 * only if NO_COLOR is not set (https://no-color.org): a file or a pipe gets plain text without control
 * characters.
 */
import { styleText } from 'node:util';

export interface Terminal {
  readonly columns: number;
  readonly interactive: boolean;
  readonly colour: boolean;
}

export function terminalOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  // A dumb terminal, such as that of an editor, supports neither colours nor redrawing.
  const interactive = stream.isTTY === true && env['TERM'] !== 'dumb';
  // Some terminals report 0 columns when they do not know their width.
  const columns = Math.max(COLUMNS_MIN, (interactive && stream.columns) || COLUMNS);
  return { columns, interactive, colour: interactive && (env['NO_COLOR'] ?? '') === '' };
}

const COLUMNS = 100;
/** Lines wrap on a narrower terminal. */
const COLUMNS_MIN = 40;

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'blue' | 'yellow' | 'magenta';

export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text, { validateStream: false }) : text;
}

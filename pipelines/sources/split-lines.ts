/**
 * Splits bytes into lines. A bad line affects no other line: each is decoded separately, and one that is too
 * long is truncated. No more of a line than the limit is held.
 */
import { LINE_BYTES_MAX } from './rules.ts';
import { decodeText } from './text.ts';

/**
 * Ends a line that was truncated at LINE_BYTES_MAX, and replaces a line of zero bytes. No server writes it
 * into a line.
 */
export const NOT_TEXT = '\0';

export async function* splitLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let line = newLine();
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      add(line, chunk.subarray(from, end));
      yield textOf(line);
      line = newLine();
      from = end + 1;
    }
    add(line, chunk.subarray(from));
  }
  if (line.length > 0 || line.zeros) yield textOf(line);
}

const NEWLINE = 0x0a;

interface Line {
  readonly pieces: Buffer[];
  /** Of the whole line, even if pieces holds only its beginning. */
  length: number;
  /** The line began with zero bytes: a crash leaves blocks of them, of any length, before the next line. */
  zeros: boolean;
}

function newLine(): Line {
  return { pieces: [], length: 0, zeros: false };
}

function add(line: Line, piece: Buffer): void {
  let from = 0;
  if (line.length === 0) {
    while (piece[from] === 0) from += 1;
    line.zeros ||= from > 0;
  }
  const rest = piece.subarray(from);
  if (rest.length > 0 && line.length < LINE_BYTES_MAX) {
    line.pieces.push(rest.subarray(0, LINE_BYTES_MAX - line.length));
  }
  line.length += rest.length;
}

function textOf({ pieces, length, zeros }: Line): string {
  if (length === 0) return zeros ? NOT_TEXT : '';
  const text = decodeText(Buffer.concat(pieces));
  if (length > LINE_BYTES_MAX) return text + NOT_TEXT;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

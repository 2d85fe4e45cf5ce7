/** What becomes of a chunk that SQS can never take. */
import type { Chunk } from './chunk.ts';

export interface DeadLetter {
  /** The chunk's position. */
  readonly id: string;
  readonly reason: string;
  /** JSON: as much of the lines as shows what they were. */
  readonly body: string;
}

/** SQS's 1 MiB, with room for the id. */
const BODY_BYTES_MAX = 1_048_576 - 4_096;
/** Text of JSON may hold them, SQS takes neither. */
const NONCHARACTERS = /[\uFFFE\uFFFF]/g;
const SHOWN = 1_000;

/** Whatever else is around it, SQS takes no message with it. */
export function isRefused(text = ''): boolean {
  return text.search(NONCHARACTERS) >= 0;
}

/** Undefined: SQS takes the chunk. */
export function letterOf({ id, source, lines }: Chunk): DeadLetter | undefined {
  const body = JSON.stringify({ source, lines });
  const bytes = Buffer.byteLength(body);
  const noncharacters = isRefused(body);
  if (bytes <= BODY_BYTES_MAX && !noncharacters) return undefined;
  const reason = noncharacters
    ? 'it has characters that SQS does not take'
    : `it has ${bytes} bytes, SQS takes ${BODY_BYTES_MAX} of a chunk`;
  const begins = lines.join('\n').slice(0, SHOWN).replace(NONCHARACTERS, '?');
  return { id, reason, body: JSON.stringify({ source, position: id, bytes, begins }) };
}

/** The dead letter of a chunk that SQS can never accept. */
import type { Chunk } from './chunk.ts';

export interface DeadLetter {
  /** The chunk's position. */
  readonly id: string;
  readonly reason: string;
  /** JSON with enough of the lines to recognize them. */
  readonly body: string;
}

/** SQS's limit of 1 MiB, minus room for the id. */
const BODY_BYTES_MAX = 1_048_576 - 4_096;
/** JSON text may contain these characters; SQS accepts neither. */
const NONCHARACTERS = /[\uFFFE\uFFFF]/g;
const SHOWN = 1_000;

/** SQS accepts no message that contains one of them. */
export function isRefused(text = ''): boolean {
  return text.search(NONCHARACTERS) >= 0;
}

/** Undefined: SQS accepts the chunk. */
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

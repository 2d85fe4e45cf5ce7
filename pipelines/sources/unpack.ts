/** Unpacks a body as it arrives, and stops if it becomes too long: a small body can unpack to any size. */
import { PermanentError } from 'weir-pipelines';
import { asUtf8, HEAD_BYTES, mayBePacked, refusePacking } from './by-first-bytes.ts';
import { gunzip, isGzip } from './gunzip.ts';
import { Pieces } from './pieces.ts';
import type { SourceRules } from './rules.ts';

/** A log may be stored compressed and be compressed again for the transfer. */
const LAYERS_MAX = 2;

/** The first bytes show the compression: names, types and encodings are often wrong. */
export async function* unpack(
  body: AsyncIterable<Buffer>,
  name: string,
  rules: SourceRules,
  layers: number = LAYERS_MAX,
): AsyncGenerator<Buffer> {
  const source = withCap(body, name, rules);
  const pieces = new Pieces(source);
  const head = await headOf(pieces);
  pieces.putBack(head);
  const whole = restOf(pieces, source);
  refusePacking(head, name);
  if (!isGzip(head)) yield* asUtf8(head, whole);
  else if (layers > 0) yield* unpack(gunzip(whole, name), name, rules, layers - 1);
  else throw new PermanentError(`${name} is packed with gzip more than ${LAYERS_MAX} times; store it plain`);
}

/** Waits for no more bytes than needed: a source may send its lines one by one. */
async function headOf(pieces: Pieces): Promise<Buffer> {
  const two = await pieces.take(2);
  return mayBePacked(two) ? Buffer.concat([two, await pieces.take(HEAD_BYTES - 2)]) : two;
}

async function* restOf(pieces: Pieces, source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) yield piece;
  } finally {
    await source.return(undefined);
  }
}

/**
 * Stops a body that is too long before the next step sees the excess; unpacking yields at most 16 KiB at
 * once.
 */
async function* withCap(
  body: AsyncIterable<Buffer>,
  name: string,
  rules: SourceRules,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > rules.bytesMax) throw tooLong(name, rules);
    yield chunk;
  }
}

export function tooLong(name: string, rules: SourceRules): PermanentError {
  return new PermanentError(`${name} has more than ${rules.bytesMax} bytes; split it`);
}

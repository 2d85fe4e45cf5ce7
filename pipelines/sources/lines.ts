/**
 * A body as lines: unpacked, counted, split. It is read as it arrives and never held as a whole.
 *
 * What the headers say of the bytes is a hint, and the bytes decide: an object store keeps the encoding, type and
 * charset that its uploader gave, and they are often wrong. Errors name a header, never its value.
 *
 * A body is taken as complete only if its framing proves it: a length or chunks by which node notices a missing
 * end, and the checksums of gzip. What was cut off is an error that a retry may mend; what is too long, or no text
 * at all, is permanent.
 */
import type { IncomingMessage } from 'node:http';
import { PermanentError } from 'weir-pipelines';
import { refuseBinary } from './refuse-binary.ts';
import type { SourceRules } from './rules.ts';
import { splitLines } from './split-lines.ts';
import { tooLong, unpack } from './unpack.ts';

export async function* linesOf(
  response: IncomingMessage,
  name: string,
  rules: SourceRules,
): AsyncGenerator<string> {
  checkFraming(response, name, rules);
  const coding = codingsOf(response).find((each) => !NO_PACKING.has(each) && !GZIP.has(each));
  const bytes = unpack(received(response), name, rules);
  yield* splitLines(refuseBinary(bytes, name, coding && nameOf(coding)));
}

/** aws-chunked is how the upload was framed: stores keep it although nothing of the framing is left in the object. */
const NO_PACKING = new Set(['identity', 'aws-chunked']);
const GZIP = new Set(['gzip', 'x-gzip']);

/** The header's value is not repeated unless it is one of these. */
const OTHER_PACKINGS = new Map([
  ['br', 'brotli'],
  ['zstd', 'zstd'],
  ['deflate', 'deflate'],
  ['compress', 'compress'],
]);

function nameOf(coding: string): string {
  return OTHER_PACKINGS.get(coding) ?? 'a packing other than gzip';
}

/** A list of words in any case, of which empty ones mean nothing: RFC 9110, 8.4 and 5.6.1. */
function codingsOf({ headers }: IncomingMessage): string[] {
  const words = (headers['content-encoding'] ?? '').toLowerCase().split(',');
  return words.map((word) => word.trim()).filter((word) => word !== '');
}

function checkFraming({ headers }: IncomingMessage, name: string, rules: SourceRules): void {
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > rules.bytesMax) throw tooLong(name, rules);
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    throw new PermanentError(`${name} gives neither a length nor chunks: a missing end could not be noticed`);
  }
}

/** The body as it comes off the wire. node itself errors when it ends before its length or its last chunk. */
async function* received(response: IncomingMessage): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      const buffer: Buffer = chunk;
      bytes += buffer.length;
      yield buffer;
    }
  } catch (error) {
    const length = response.headers['content-length'];
    const expected = length === undefined ? 'its last chunk' : `${Number(length)} bytes`;
    throw new Error(`the body broke off after ${bytes} bytes, before ${expected}`, { cause: error });
  }
}

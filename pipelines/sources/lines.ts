/**
 * A body as lines: unpacked, counted, split. It is read as it arrives and never held as a whole.
 *
 * Headers are only hints; the bytes decide. An object store keeps the encoding, type and charset that its
 * uploader gave, and they are often wrong. Errors name a header, never its value.
 *
 * A body counts as complete only if its framing proves it: a length or chunks, with which Node notices a
 * missing end, and gzip's checksums. A truncated body is an error that a retry may fix; a body that is too
 * long, or not text, is a permanent one.
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

/**
 * aws-chunked was the framing of the upload: stores keep the header although the object no longer has that
 * framing.
 */
const NO_PACKING = new Set(['identity', 'aws-chunked']);
const GZIP = new Set(['gzip', 'x-gzip']);

/** Only these values of the header are repeated in errors. */
const OTHER_PACKINGS = new Map([
  ['br', 'brotli'],
  ['zstd', 'zstd'],
  ['deflate', 'deflate'],
  ['compress', 'compress'],
]);

function nameOf(coding: string): string {
  return OTHER_PACKINGS.get(coding) ?? 'a packing other than gzip';
}

/** A list of words in any case, where empty ones have no meaning: RFC 9110, 8.4 and 5.6.1. */
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

/** The body as received. Node throws if it ends before its length or last chunk. */
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

/**
 * Tells a body that is not text from a log with some bad lines: bad lines are skipped, such a body is
 * refused.
 */
import { isUtf8 } from 'node:buffer';
import { PermanentError } from 'weir-pipelines';
import { packedWith } from './by-first-bytes.ts';
import { unmarkedPacking } from './unmarked.ts';

/** Bytes from the beginning by which a body is judged. */
const JUDGED_BYTES = 4_096;
/** Fewer bytes are too few to judge: they may be one bad line in a small part of a log. */
const JUDGED_BYTES_MIN = 512;
/**
 * Compressed, encrypted or compiled data has twice this share of control characters; logs have none, because
 * servers escape them.
 */
const CONTROL_SHARE_MAX = 0.05;
const UTF16_SHARE_MIN = 0.4;

/**
 * Passes the bytes on as they come; suspicious ones wait until there are enough to judge by. `foreignCoding`:
 * an unknown value of the Content-Encoding header; then fewer bytes are enough.
 */
export async function* refuseBinary(
  body: AsyncIterable<Buffer>,
  name: string,
  foreignCoding: string | undefined,
): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  const held: Buffer[] = [];
  for await (const chunk of body) {
    held.push(chunk);
    if (head.length < JUDGED_BYTES) {
      head = Buffer.concat([head, chunk.subarray(0, JUDGED_BYTES - head.length)]);
      if (head.length >= JUDGED_BYTES_MIN) refuse(head, name, foreignCoding);
      else if (isOdd(head)) continue;
    }
    yield* held.splice(0);
  }
  if (head.length >= JUDGED_BYTES_MIN || foreignCoding !== undefined) refuse(head, name, foreignCoding);
  else if (isOdd(head)) refuseUnmarked(head, name, 'all');
  yield* held;
}

function refuse(head: Buffer, name: string, foreignCoding: string | undefined): void {
  if (head.toString('latin1', TAR_MARK_AT, TAR_MARK_AT + 5) === 'ustar') {
    throw new PermanentError(`${name} is a tar archive: store each log in it by itself`);
  }
  if (isUtf16(head)) {
    throw new PermanentError(`${name} looks like UTF-16 without a byte order mark; store it as UTF-8`);
  }
  if (!isBinary(head)) return;
  refuseUnmarked(head, name, 'head');
  const named = foreignCoding === undefined ? '' : `: its Content-Encoding header names ${foreignCoding}`;
  throw new PermanentError(`${name} is neither text nor gzip${named}`);
}

function refuseUnmarked(head: Buffer, name: string, part: 'all' | 'head'): void {
  const packing = unmarkedPacking(head, part);
  if (packing !== undefined) throw packedWith(packing, name);
}

/** https://www.gnu.org/software/tar/manual/html_node/Standard.html */
const TAR_MARK_AT = 257;

/** Text in UTF-16 has zeros at even or odd positions. */
function isUtf16(head: Buffer): boolean {
  const zeros: [number, number] = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2 === 0 ? 0 : 1] += 1;
  return Math.max(...zeros) > head.length * UTF16_SHARE_MIN && Math.min(...zeros) === 0;
}

/** One odd byte is a reason to look closer. */
function isOdd(head: Buffer): boolean {
  return head.some(isControl) || !isUtf8(head);
}

function isBinary(head: Buffer): boolean {
  return head.filter(isControl).length > head.length * CONTROL_SHARE_MAX;
}

/** Without white space, and without zero, because a crash leaves blocks of zeros in a log. */
function isControl(byte: number): boolean {
  return (byte > 0 && byte < 0x09) || (byte > 0x0d && byte < 0x20) || byte === 0x7f;
}

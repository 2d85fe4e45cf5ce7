/** Tells a body that is no text at all from a log with bad lines in it: these cost their lines, that one is refused. */
import { PermanentError } from 'weir-pipelines';

/** Judged by its beginning: this many bytes of it. */
const JUDGED_BYTES = 4_096;
/** Less is too little to judge by: it may be one bad line, in a small part of a log. */
const JUDGED_BYTES_MIN = 512;
/** Packed, encrypted or compiled data has twice this share of control characters; logs have none, servers escape them. */
const CONTROL_SHARE_MAX = 0.05;
const UTF16_SHARE_MIN = 0.4;

/**
 * Passes the bytes on as they come. `foreignCoding`: the packing that the Content-Encoding header names, if it is not
 * known here: then little is enough to believe it.
 */
export async function* refuseBinary(
  body: AsyncIterable<Buffer>,
  name: string,
  foreignCoding: string | undefined,
): AsyncGenerator<Buffer> {
  let judged = 0;
  let control = 0;
  /** At even and at odd places: text in UTF-16 has them in one of the two. */
  const zeros: [number, number] = [0, 0];
  const check = (enough: number) => {
    if (judged >= enough && Math.max(...zeros) > judged * UTF16_SHARE_MIN && Math.min(...zeros) === 0) {
      throw new PermanentError(`${name} looks like UTF-16 without a byte order mark; store it as UTF-8`);
    }
    if (judged < enough || control <= judged * CONTROL_SHARE_MAX) return;
    const packing = foreignCoding === undefined ? '' : `: its Content-Encoding header names ${foreignCoding}`;
    throw new PermanentError(`${name} is neither text nor gzip${packing}`);
  };
  for await (const chunk of body) {
    for (const [index, byte] of chunk.subarray(0, JUDGED_BYTES - judged).entries()) {
      if (isControl(byte)) control += 1;
      if (byte === 0) zeros[(judged + index) % 2 === 0 ? 0 : 1] += 1;
    }
    judged += Math.min(chunk.length, JUDGED_BYTES - judged);
    check(JUDGED_BYTES_MIN);
    yield chunk;
  }
  check(foreignCoding !== undefined ? 1 : JUDGED_BYTES_MIN);
}

/** Without white space, and without zero: blocks of zeros are what a crash leaves in a log. */
function isControl(byte: number): boolean {
  return (byte > 0 && byte < 0x09) || (byte > 0x0d && byte < 0x20) || byte === 0x7f;
}

/** Packings that no mark tells: data that is no text is taken for one of them if it can be unpacked as that. */
import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';

/** Of a body that is all there, or of its head, which may be cut at any place. undefined: it is none that is known here. */
export function unmarkedPacking(bytes: Buffer, part: 'all' | 'head'): string | undefined {
  return PACKINGS.find(([, unpack]) => unpacks(bytes, (given) => unpack(given, part)))?.[0];
}

/** A small head can unpack to any size. */
const maxOutputLength = 2 ** 20;
const ENDS = {
  all: { zlib: constants.Z_FINISH, brotli: constants.BROTLI_OPERATION_FINISH },
  head: { zlib: constants.Z_SYNC_FLUSH, brotli: constants.BROTLI_OPERATION_FLUSH },
};

type Unpack = (bytes: Buffer, part: 'all' | 'head') => Buffer;

const PACKINGS: readonly (readonly [name: string, unpack: Unpack])[] = [
  ['zlib', (bytes, part) => inflateSync(bytes, { maxOutputLength, finishFlush: ENDS[part].zlib })],
  [
    'brotli',
    (bytes, part) => brotliDecompressSync(bytes, { maxOutputLength, finishFlush: ENDS[part].brotli }),
  ],
  ['deflate', (bytes, part) => inflateRawSync(bytes, { maxOutputLength, finishFlush: ENDS[part].zlib })],
];

/** Chance makes a few bytes out of a few: a packing makes text, and more than it was given. */
function unpacks(bytes: Buffer, unpack: (bytes: Buffer) => Buffer): boolean {
  try {
    const text = unpack(bytes);
    return (
      text.length > bytes.length / 2 && text.every((byte) => byte > 0x1f || (byte > 0x08 && byte < 0x0e))
    );
  } catch (error) {
    return error instanceof RangeError; // More than maxOutputLength.
  }
}

/**
 * Compression formats without a mark: data that is not text counts as one of them if it can be unpacked as
 * that.
 */
import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';

/** `part`: the whole body, or its head, which may end anywhere. Undefined: not a known format. */
export function unmarkedPacking(bytes: Buffer, part: 'all' | 'head'): string | undefined {
  return PACKINGS.find(([, unpack]) => unpacks(bytes, (given) => unpack(given, part)))?.[0];
}

/** Bytes; a small head can unpack to any size. */
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

/**
 * By chance a few bytes unpack to a few others, so the result must be text and more than half as long as the
 * compressed bytes.
 */
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

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { refuseBinary } from '../../../pipelines/sources/refuse-binary.ts';
import { rulesFrom } from '../../../pipelines/sources/rules.ts';
import { splitLines } from '../../../pipelines/sources/split-lines.ts';
import { unpack } from '../../../pipelines/sources/unpack.ts';
import { collect } from '../serve.ts';
import { cutAnywhere } from './pieces.ts';

const NAME = 'https://logs.example/access.log';
const LINES = ['"GET /blog/grün HTTP/1.1" 200', '"GET /𝄞 HTTP/1.1" 200', 'BZh91 is no packing'];
const TEXT = Buffer.from(LINES.join('\n'), 'utf16le');

function linesOf(bytes: Buffer, cuts: readonly number[] = []): Promise<string[]> {
  const body = unpack(cutAnywhere(bytes, cuts), NAME, rulesFrom({}));
  return collect(splitLines(refuseBinary(body, NAME, undefined)));
}

const little = Buffer.concat([Buffer.from([0xff, 0xfe]), TEXT]);
const big = Buffer.from(little).swap16();

describe('a log in UTF-16', () => {
  test.each([
    ['little-endian', little],
    ['big-endian', big],
    ['packed', gzipSync(little)],
  ])('(%s) with its byte order mark is read, in any pieces', async (_name, bytes) => {
    for (const cuts of [[], [1], [3, 5, 61, 63, 64, 65], bytes.map((_, n) => n)]) {
      expect(await linesOf(bytes, [...cuts])).toEqual(LINES);
    }
  });

  test('without its byte order mark is refused by name, not counted as malformed lines', async () => {
    const long = Buffer.from('"GET /blog HTTP/1.1" 200\n'.repeat(100), 'utf16le');
    for (const bytes of [long, Buffer.from(long).swap16()]) {
      await expect(linesOf(bytes)).rejects.toThrow(
        /looks like UTF-16 without a byte order mark; store it as UTF-8/,
      );
    }
  });
});

test.each([
  ['zstd', zstdCompressSync('a line\n')],
  ['xz', Buffer.from('fd377a585a000004', 'hex')],
  ['7z', Buffer.from('377abcaf271c0004', 'hex')],
  ['zip', Buffer.from('504b030414000000', 'hex')],
  ['lz4', Buffer.from('04224d186440a7', 'hex')],
  ['compress', Buffer.from('1f9d90610a', 'hex')],
  ['bzip2', Buffer.from('BZh91AY&SY\0\0')],
])('a log packed with %s is refused by that name, for good', async (packing, bytes) => {
  for (const each of [bytes, gzipSync(bytes)]) {
    const error = await linesOf(each, [1, 2]).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe(
      `${NAME} is packed with ${packing}: only gzip is unpacked here; store it as gzip or plain`,
    );
  }
});

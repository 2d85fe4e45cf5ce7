import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { refuseBinary } from '../../../pipelines/sources/refuse-binary.ts';
import { rulesFrom } from '../../../pipelines/sources/rules.ts';
import { splitLines } from '../../../pipelines/sources/split-lines.ts';
import { unpack } from '../../../pipelines/sources/unpack.ts';
import fc from '../../properties.ts';
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

/** Lines as unlike each other as those of a log. */
function logOf(lines: number): string {
  return Array.from(
    { length: lines },
    (_, n) => `192.0.2.${n % 250} - - [09/Nov/2026:06:00:07 +0000] "GET /blog/${n * n} HTTP/1.1" 200 ${n}\n`,
  ).join('');
}

test.each([
  ['zstd', zstdCompressSync('a line\n')],
  ['xz', Buffer.from('fd377a585a000004', 'hex')],
  ['7z', Buffer.from('377abcaf271c0004', 'hex')],
  ['zip', Buffer.from('504b030414000000', 'hex')],
  ['lz4', Buffer.from('04224d186440a7', 'hex')],
  ['compress', Buffer.from('1f9d90610a', 'hex')],
  ['bzip2', Buffer.from('BZh91AY&SY\0\0')],
  ['lzma', Buffer.from('5d00008000ffff', 'hex')],
  ['snappy', Buffer.from('ff060000734e61507059', 'hex')],
  ['brotli', brotliCompressSync(logOf(1))],
  ['brotli', brotliCompressSync(logOf(500))],
  ['zlib', deflateSync(logOf(1))],
  ['deflate', deflateRawSync(logOf(500))],
])('a log packed with %s is refused by that name, for good', async (packing, bytes) => {
  for (const each of [bytes, gzipSync(bytes)]) {
    const error = await linesOf(each, [1, 2]).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toBe(
      `${NAME} is packed with ${packing}: only gzip is unpacked here; store it as gzip or plain`,
    );
  }
});

test.each([
  ['a Parquet file', Buffer.from('PAR1\x15\x04\x15')],
  ['an Avro file', Buffer.from(`Obj\x01\x04\x14avro.codec\x08null${logOf(3)}`)],
  ['an ORC file', Buffer.from('ORC\n\x03')],
  ['a PDF file', Buffer.from('%PDF-1.7\n%')],
  ['an image', Buffer.from('89504e470d0a1a0a0000', 'hex')],
])('%s beside the logs is refused by that name, not counted as malformed lines', async (format, bytes) => {
  await expect(linesOf(bytes, [1, 2])).rejects.toThrow(`${NAME} is ${format}, not a log`);
});

test('a tar archive is refused by name, also packed: the first line of each log in it would be lost', async () => {
  const header = Buffer.alloc(512);
  header.write('access.log');
  header.write('ustar', 257);
  const tar = Buffer.concat([header, Buffer.from(logOf(20)), Buffer.alloc(1024)]);
  for (const bytes of [tar, gzipSync(tar)]) {
    await expect(linesOf(bytes, [1, 260])).rejects.toThrow(
      `${NAME} is a tar archive: store each log in it by itself`,
    );
  }
});

test('a log packed with gzip too often is refused, not counted as malformed lines', async () => {
  const bytes = gzipSync(gzipSync(gzipSync(logOf(1))));
  await expect(linesOf(bytes)).rejects.toThrow(
    `${NAME} is packed with gzip more than 2 times; store it plain`,
  );
});

test('a short log with any bytes as one of its lines is read: the line is lost at most', async () => {
  const anyLine = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 11 : byte))));
  await fc.assert(
    fc.asyncProperty(anyLine, async (bytes) => {
      const lines = await linesOf(
        Buffer.concat([Buffer.from(logOf(1)), bytes, Buffer.from(`\n${logOf(1)}`)]),
        [7, 200],
      );
      expect([lines.length, lines[0], lines[2]]).toEqual([3, logOf(1).trimEnd(), logOf(1).trimEnd()]);
    }),
  );
});

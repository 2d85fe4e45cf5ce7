/** Recognizes compression and other formats by the first bytes of a body. */
import { TextDecoder } from 'node:util';
import { PermanentError } from 'weir-pipelines';

/** Longest mark below, in bytes. */
export const HEAD_BYTES = 10;

const PACKINGS: readonly (readonly [name: string, mark: Buffer])[] = [
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ['zip', Buffer.from([0x50, 0x4b, 0x03, 0x04])],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ['compress', Buffer.from([0x1f, 0x9d])],
  ['lzma', Buffer.from([0x5d, 0x00, 0x00])],
  ['snappy', Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e])],
];

/** Data files that someone put next to the logs. */
const FORMATS: readonly (readonly [name: string, mark: Buffer])[] = [
  ['a Parquet file', Buffer.from('PAR1')],
  ['an Avro file', Buffer.from('Obj\x01')],
  ['an ORC file', Buffer.from('ORC\x0a')],
  ['a PDF file', Buffer.from('%PDF-')],
  ['an image', Buffer.from('\x89PNG', 'latin1')],
];

/** Its mark, one digit, and the mark of its first block: a line of text may begin with "BZh". */
const BZIP2 = /^BZh[1-9]1AY&SY/;

/** By the first two bytes. */
export function mayBePacked(two: Buffer): boolean {
  return (
    two.toString('latin1') === 'BZ' ||
    [...PACKINGS, ...FORMATS].some(([, mark]) => mark.subarray(0, 2).equals(two))
  );
}

export function refusePacking(head: Buffer, name: string): void {
  const nameIn = (marks: typeof PACKINGS) =>
    marks.find(([, mark]) => head.subarray(0, mark.length).equals(mark))?.[0];
  const packing = nameIn(PACKINGS) ?? (BZIP2.test(head.toString('latin1')) ? 'bzip2' : undefined);
  if (packing !== undefined) throw packedWith(packing, name);
  const format = nameIn(FORMATS);
  if (format !== undefined) throw new PermanentError(`${name} is ${format}, not a log`);
}

export function packedWith(packing: string, name: string): PermanentError {
  return new PermanentError(
    `${name} is packed with ${packing}: only gzip is unpacked here; store it as gzip or plain`,
  );
}

/** Converts to UTF-8 if the body begins with the byte order mark of UTF-16; otherwise unchanged. */
export function asUtf8(head: Buffer, body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const mark = head.toString('hex', 0, 2);
  if (mark === 'fffe') return transcode(body, new TextDecoder('utf-16le'));
  return mark === 'feff' ? transcode(body, new TextDecoder('utf-16be')) : body;
}

async function* transcode(body: AsyncIterable<Buffer>, decoder: TextDecoder): AsyncGenerator<Buffer> {
  for await (const chunk of body) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

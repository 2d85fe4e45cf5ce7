/**
 * Unpacks gzip text with any number of members (RFC 1952) completely, or throws. Node's own gunzip stops
 * silently at data after a member that is not another member; so this code separates the members, and gives
 * zlib only their deflated data.
 *
 * Zeros after a member are padding, as tapes and disks add it. Anything else is an error.
 */
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { PermanentError } from 'weir-pipelines';
import { Pieces } from './pieces.ts';

export async function* gunzip(body: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const source = body[Symbol.asyncIterator]();
  const packed = new Pieces(source);
  try {
    do {
      await skipHeader(packed, name);
      yield* member(packed, name);
    } while (await skipPadding(packed));
  } finally {
    await source.return?.();
  }
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Bits of the header's fourth byte, which announce optional parts after its ten bytes. */
const HEADER_CHECKSUM = 2;
const EXTRA_FIELD = 4;
const FILE_NAME = 8;
const COMMENT = 16;
const DEFLATE = 8;

async function skipHeader(packed: Pieces, name: string): Promise<void> {
  const head = await exactly(packed, 10);
  const flags = head[3] ?? 0;
  if (!isGzip(head) || head[2] !== DEFLATE || flags > 31) {
    throw unsound(name, 'something other than gzip follows its data');
  }
  if ((flags & EXTRA_FIELD) !== 0) await exactly(packed, (await exactly(packed, 2)).readUInt16LE());
  if ((flags & FILE_NAME) !== 0) await skipText(packed);
  if ((flags & COMMENT) !== 0) await skipText(packed);
  if ((flags & HEADER_CHECKSUM) !== 0) await exactly(packed, 2);
}

/** Skips a text up to its zero byte. */
async function skipText(packed: Pieces): Promise<void> {
  while ((await exactly(packed, 1))[0] !== 0);
}

async function exactly(packed: Pieces, count: number): Promise<Buffer> {
  const bytes = await packed.take(count);
  if (bytes.length === count) return bytes;
  throw brokenOff();
}

/** Whether anything follows the padding. */
async function skipPadding(packed: Pieces): Promise<boolean> {
  for (let piece = await packed.next(); piece !== undefined; piece = await packed.next()) {
    const at = piece.findIndex((byte) => byte !== 0);
    if (at === -1) continue;
    packed.putBack(piece.subarray(at));
    return true;
  }
  return false;
}

async function* member(packed: Pieces, name: string): AsyncGenerator<Buffer> {
  let checksum = 0;
  let length = 0;
  try {
    for await (const bytes of inflate(packed)) {
      checksum = crc32(bytes, checksum);
      length = (length + bytes.length) % 2 ** 32;
      yield bytes;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') throw brokenOff(error);
    if (code === 'Z_DATA_ERROR') throw unsound(name, 'its data is damaged', error);
    throw error;
  }
  const trailer = await exactly(packed, 8);
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length) {
    throw unsound(name, 'its checksum is wrong');
  }
}

/**
 * Inflates up to the end of the deflated data and puts back the bytes after it. It takes a piece only when
 * the previous one has been passed on completely, so nothing waits for the source while the caller works.
 */
async function* inflate(packed: Pieces): AsyncGenerator<Buffer> {
  const stream = createInflateRaw();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  stream.on('error', failure.reject);
  try {
    for (let more = true; more; ) {
      const piece = await packed.next();
      const before = stream.bytesWritten;
      yield* written(stream, piece, failure.promise);
      const used = stream.bytesWritten - before;
      // zlib uses only part of a piece at the end of the data.
      if (piece !== undefined && used < piece.length) packed.putBack(piece.subarray(used));
      more = piece !== undefined && used === piece.length;
    }
  } finally {
    stream.destroy();
  }
}

/** Gives zlib this piece, or the end, and yields the result, at most 16 KiB at once. */
async function* written(
  stream: InflateRaw,
  piece: Buffer | undefined,
  failure: Promise<never>,
): AsyncGenerator<Buffer> {
  let done = false;
  let wake = Promise.withResolvers<void>();
  const onReadable = () => wake.resolve();
  const onDone = () => {
    done = true;
    wake.resolve();
  };
  stream.on('readable', onReadable);
  if (piece === undefined) stream.end(onDone);
  else stream.write(piece, onDone);
  for (;;) {
    const wasDone = done;
    const bytes: Buffer | null = stream.read();
    if (bytes !== null) yield bytes;
    else if (wasDone) break;
    else {
      await Promise.race([wake.promise, failure]);
      wake = Promise.withResolvers();
    }
  }
  stream.off('readable', onReadable);
}

function brokenOff(cause?: unknown): Error {
  return new Error('the gzip data breaks off before its end', { cause });
}

function unsound(name: string, why: string, cause?: unknown): PermanentError {
  return new PermanentError(`${name} is not sound gzip: ${why}`, { cause });
}

/** A body unpacked on its way, and stopped when it grows too long: a small one can unpack to any size. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PermanentError } from '../../functions/errors.ts';
import type { SourceRules } from './rules.ts';

/**
 * `encoded`: the sender packed it for the transfer. Apart from that, log files are often stored as .gz, told by
 * their first two bytes, as names and types are often wrong.
 */
export async function* unpack(
  body: AsyncIterable<Buffer>,
  encoded: boolean,
  name: string,
  rules: SourceRules,
): AsyncGenerator<Buffer> {
  const source = withCap(encoded ? gunzip(body, name) : body, name, rules);
  const head: Buffer[] = [];
  // A while loop, not for await: leaving that one would close the source, which is still to be read.
  while (head.reduce((sum, chunk) => sum + chunk.length, 0) < 2) {
    const next = await source.next();
    if (next.done === true) break;
    head.push(next.value);
  }
  const first = Buffer.concat(head);
  const whole = prepend(first, source);
  yield* first[0] === 0x1f && first[1] === 0x8b ? withCap(gunzip(whole, name), name, rules) : whole;
}

async function* prepend(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* gunzip(body: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  // pipeline closes both ends whichever fails first, and hands the error on to whoever iterates.
  const unpacked = pipeline(Readable.from(body), createGunzip(), () => undefined);
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') throw new Error('the gzip data breaks off before its end', { cause: error });
    if (code === 'Z_DATA_ERROR') throw new PermanentError(`${name} is not sound gzip`, { cause: error });
    throw error;
  }
}

/** Stops a body that is too long before the next step sees the excess; unpacking yields at most 16 KiB at once. */
async function* withCap(
  body: AsyncIterable<Buffer>,
  name: string,
  rules: SourceRules,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > rules.bytesMax) throw tooLong(name, rules);
    yield chunk;
  }
}

export function tooLong(name: string, rules: SourceRules): PermanentError {
  return new PermanentError(`${name} has more than ${rules.bytesMax} bytes; split it`);
}

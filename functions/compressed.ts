/**
 * Compresses the readings of a large message. SQS bills each 64 KB of a call as one call, and readings repeat field names,
 * times and addresses (docs/decisions/0033 has the figures).
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { COMPRESSED_FROM_BYTES, MESSAGE_BYTES_MAX } from './limits.ts';

/** `text` is the JSON of a list of readings. Undefined if it is small, or if compression saves too little. */
export function compress(text: string): string | undefined {
  if (text.length < COMPRESSED_FROM_BYTES) return undefined;
  const bytes = Buffer.from(text);
  const packed = deflateRawSync(bytes, { level: LEVEL }).toString('base64');
  return packed.length < WORTH_IT * bytes.length ? packed : undefined;
}

/** Higher levels take twice the time for a tenth of the bytes. */
const LEVEL = 3;
const WORTH_IT = 0.8;

/**
 * Returns the original text. Uncompressed, it always fits a message (pack.ts), so Weir did not write a larger one. That throws
 * at the limit, before it takes the memory.
 */
export function decompress(packed: string): string {
  return inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MESSAGE_BYTES_MAX }).toString();
}

/**
 * The readings of a large message as a compressed text. SQS bills each 64 KB of a call as a call, and readings repeat names
 * of fields, times and addresses (docs/decisions/0033 has the figures).
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { COMPRESSED_FROM_BYTES, MESSAGE_BYTES_MAX } from './limits.ts';

/** `text` is the JSON of a list of readings. Undefined where it is small, or does not become a good deal smaller. */
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
 * The text again. A message never held more readings than fit one that is not compressed, so whatever becomes larger is
 * none of Weir's: it throws at the bound, before it takes the memory.
 */
export function decompress(packed: string): string {
  return inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MESSAGE_BYTES_MAX }).toString();
}

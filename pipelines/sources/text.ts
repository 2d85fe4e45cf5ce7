/** Decodes foreign bytes as text. */
import { TextDecoder } from 'node:util';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/**
 * UTF-8 if the bytes are valid, else latin1, in which every byte is a character. Decided for each line
 * separately: a server writes what clients send, and their encodings differ.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/** Bytes that somebody else wrote, as text. */
import { TextDecoder } from 'node:util';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/**
 * UTF-8 where that is what the bytes are, else latin1, in which every byte is a character. Told for each line by
 * itself: a server writes what clients send, and one client's encoding says nothing about the next one's.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

/**
 * The section of a site that a request is for: the first segment of its path, whatever form the client gave it. One
 * section is one key, and a visitor cannot make more of it: escapes, doubled slashes, dots and what is put behind a
 * semicolon (RFC 3986, 3.3: parameters, mostly a session's id) make no difference.
 */
import { decodeText } from '../sources/text.ts';

/** For requests without a path: `OPTIONS *`, a proxy's CONNECT, a connection on which none came. */
export const NO_PATH = '(no path)';
/** For segments that are too long to be a section: attacks or accidents. A key has its limit (KEY_BYTES_MAX). */
export const OTHER = '(other)';

const SEGMENT_BYTES_MAX = 256;
/** More than a server takes; the rest of a longer path is not looked at. */
const PATH_LENGTH_MAX = 16_384;

/** From a target as a server writes it: a path or a whole URL, with the server's own escapes. */
export function sectionOf(target: string): string {
  const origin = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#]*/i.exec(target)?.[0] ?? '';
  const path = target
    .slice(origin.length)
    .slice(0, PATH_LENGTH_MAX)
    .replace(/[?#].*$/s, '');
  if (!path.startsWith('/') && origin === '') return NO_PATH;
  const section = `/${printable(firstOf(decode(path)))}`;
  return Buffer.byteLength(section) > SEGMENT_BYTES_MAX ? OTHER : section;
}

/** Percent-encoding, and the escapes of servers for what they do not write as it is: `\xhh`, `\"`, `\t`. */
function decode(path: string): string {
  const encoded = path
    .replace(/\\x([\da-f]{2})/gi, '%$1')
    .replace(/\\(.)/gs, (_escape, char: string) => (/[bfnrtv]/.test(char) ? ' ' : char));
  if (!encoded.includes('%')) return encoded;
  const bytes = encoded
    .split(/(%[\da-f]{2})/i)
    .map((part, index) =>
      index % 2 === 1 ? Buffer.of(Number.parseInt(part.slice(1), 16)) : Buffer.from(part),
    );
  return decodeText(Buffer.concat(bytes));
}

/** '' for the root. */
function firstOf(path: string): string {
  const segments: string[] = [];
  for (const part of path.split('/')) {
    const segment = part.replace(/;.*$/s, '');
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.' && !SESSION.test(segment)) segments.push(segment);
  }
  return segments[0] ?? '';
}

/** ASP.NET puts the session of a client without cookies into a segment of its own: `/(S(lit3py55t21z5v55vlm25s55))/`. */
const SESSION = /^\((?:[A-Z]\([^()]*\))+\)$|^\([a-z0-5]{24}\)$/i;

/** Blanks and what cannot be seen stay encoded, and what looks alike is written alike. */
function printable(segment: string): string {
  return segment.normalize('NFC').replace(/[\p{C}\p{Z}]/gu, encodeURIComponent);
}

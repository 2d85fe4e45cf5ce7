/**
 * The section of a site that a request is for: the first segment of its path, in whatever form the client
 * sent it. One section is one key, and a visitor cannot make several of it: escapes, double slashes, dots and
 * parameters after a semicolon (RFC 3986, 3.3; mostly session ids) make no difference.
 */
import { decodeText } from '../sources/text.ts';

/** For requests without a path: `OPTIONS *`, a proxy's CONNECT, a connection without a request. */
export const NO_PATH = '(no path)';
/** For segments that are too long for a section: attacks or accidents. A key has a limit (KEY_BYTES_MAX). */
export const OTHER = '(other)';

const SEGMENT_BYTES_MAX = 256;
/** Longer than servers accept; the rest of a longer path is ignored. */
const PATH_LENGTH_MAX = 16_384;

/** From a target as a server writes it: a path or a full URL, with the server's own escapes. */
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

/** Decodes percent-encoding and the escapes that servers write: `\xhh`, `\"`, `\t`. */
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

/**
 * ASP.NET puts the session of a client without cookies into a path segment:
 * `/(S(lit3py55t21z5v55vlm25s55))/`.
 */
const SESSION = /^\((?:[A-Z]\([^()]*\))+\)$|^\([a-z0-5]{24}\)$/i;

/** Blanks and invisible characters stay encoded, and equivalent characters are normalized. */
function printable(segment: string): string {
  return segment.normalize('NFC').replace(/[\p{C}\p{Z}]/gu, encodeURIComponent);
}

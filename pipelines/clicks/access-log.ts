/**
 * One line of an access log in Apache's combined format as a reading: small, because it travels through a queue,
 * and finished, because `compute` is the part that runs one at a time.
 *
 * No line is lost. One that cannot be read is a reading too, marked with its line number, under the key of its
 * request path if that much is readable.
 * https://httpd.apache.org/docs/current/logs.html#combined
 */
import { browserFamily } from './browsers.ts';

export interface Click {
  /** First segment of the request path: "/presentations", "/favicon.ico", "/" for the root. */
  readonly path: string;
  readonly bytes: number;
  readonly browser: string;
}

export interface MalformedLine {
  readonly path: string;
  /** Number of the line in the log, from 1. */
  readonly malformed: number;
}

/** The key of lines whose path is not readable either. No path is like it: paths begin with a slash. */
export const UNREADABLE = '(malformed)';

/** Longer first segments are attacks or accidents, and a key has its limit (limits.ts, KEY_BYTES_MAX). */
const SEGMENT_BYTES_MAX = 256;

export function parseLine(line: string, lineNumber: number): Click | MalformedLine {
  const [, target = '', sent = '', agent = ''] = COMBINED.exec(line) ?? [];
  const path = firstSegment(target);
  if (path !== undefined)
    return { path, bytes: sent === '-' ? 0 : Number(sent), browser: browserFamily(agent) };
  const [, readable = ''] = REQUEST_LINE.exec(line) ?? [];
  return { path: firstSegment(readable) ?? UNREADABLE, malformed: lineNumber };
}

/**
 * `host identity user [time] "METHOD target PROTOCOL" status bytes "referer" "agent"`, and whatever a server was
 * told to add. No two neighbours of the pattern share a character, so a hostile line cannot make it slow.
 */
const COMBINED =
  /^\S+ \S+ [^["]+ \[[^\]]+\] "[A-Z]+ ([^\s"]+)(?: HTTP\/[\d.]+)?" \d{3} (\d{1,15}|-) "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"(?: .*)?$/;

/** A target counts as readable only if something follows it: else the line may have been cut inside. */
const REQUEST_LINE = /"[A-Z]+ ([^\s"]+)[\s"]/;

function firstSegment(target: string): string | undefined {
  // A proxy is sent whole URLs.
  const path = target.replace(/^https?:\/\/[^/?#]+(?=\/)/i, '');
  const [segment] = /^\/[^/?#]*/.exec(path) ?? [];
  return segment === undefined || Buffer.byteLength(segment) > SEGMENT_BYTES_MAX ? undefined : segment;
}

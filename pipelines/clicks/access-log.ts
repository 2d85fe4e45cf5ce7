/**
 * One line of an access log as a reading: small, because it travels through a queue, and finished, because `compute`
 * is the part that runs one at a time.
 *
 * No line is lost. One that cannot be read is a reading too, marked with its line number, under the key of its
 * request path if that much is readable.
 */
import { browserFamily } from './browsers.ts';
import { parseLogLine, readableTarget } from './log-line.ts';
import { NO_PATH, sectionOf } from './section.ts';

export interface Click {
  /** The section that was asked for: "/presentations", "/favicon.ico", "/" for the root. */
  readonly path: string;
  readonly bytes: number;
  readonly browser: string;
  /** If it stands for more lines than one: see read-log.ts. Then `bytes` is for all of them. */
  readonly clicks?: number;
}

export interface MalformedLine {
  readonly path: string;
  /** Number of the line in the log, from 1. */
  readonly malformed: number;
  /** If it stands for more lines than this one: the number of the last, and how many there are. */
  readonly upTo?: readonly [last: number, lines: number];
}

/** The key of lines whose path is not readable either. No path is like it: paths begin with a slash. */
export const UNREADABLE = '(malformed)';
/**
 * The key of what the site answered with an error, or not at all. Scanners ask for paths that nobody else ever asks
 * for, without end; a section is what the site has.
 */
export const NOT_SERVED = '(not served)';
/** In the place of a browser where the format has none. */
export const UNKNOWN_BROWSER = 'unknown';

export function parseLine(line: string, lineNumber: number): Click | MalformedLine {
  // A zero byte: the line was cut, or something other than a server wrote it. A carriage return: it is several lines.
  const parsed = /[\0\r]/.test(line) ? undefined : parseLogLine(line);
  if (parsed === undefined) return { path: readableSection(line), malformed: lineNumber };
  const { target, status, bytes, agent } = parsed;
  return {
    path: isServed(status) ? sectionOf(target) : NOT_SERVED,
    bytes,
    browser: agent === undefined ? UNKNOWN_BROWSER : browserFamily(agent),
  };
}

function isServed(status: number): boolean {
  return status >= 100 && status < 400;
}

function readableSection(line: string): string {
  const section = sectionOf(readableTarget(line) ?? '');
  return section === NO_PATH ? UNREADABLE : section;
}

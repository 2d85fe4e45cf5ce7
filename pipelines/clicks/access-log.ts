/**
 * One line of an access log as a reading. It is small, because it travels through a queue, and fully parsed,
 * because `compute` is the part that runs one at a time.
 *
 * No line is lost. A line that cannot be parsed is a reading too, marked with its line number, under the key
 * of its request path if that is readable.
 */
import { browserFamily } from './browsers.ts';
import { parseLogLine, readableTarget } from './log-line.ts';
import { NO_PATH, sectionOf } from './section.ts';

export interface Click {
  /** The requested section: "/presentations", "/favicon.ico", "/" for the root. */
  readonly path: string;
  readonly bytes: number;
  readonly browser: string;
  /** Number of lines, if the reading sums up several (see read-log.ts). Then `bytes` is their sum. */
  readonly clicks?: number;
}

export interface MalformedLine {
  readonly path: string;
  /** Number of the line in the log, from 1. */
  readonly malformed: number;
  /** If the reading sums up several lines: the number of the last line, and the number of lines. */
  readonly upTo?: readonly [last: number, lines: number];
}

/**
 * The key of lines whose path is not readable either. No path equals it, because paths begin with a slash.
 */
export const UNREADABLE = '(malformed)';
/**
 * The key of requests that the site answered with an error or not at all. Scanners request any number of
 * paths that do not exist; a section is a part of the site that does.
 */
export const NOT_SERVED = '(not served)';
/** Stands for the browser if the log format has none. */
export const UNKNOWN_BROWSER = 'unknown';

export function parseLine(line: string, lineNumber: number): Click | MalformedLine {
  // A zero byte means that the line was cut off or not written by a server; a carriage return, that it is
  // several lines.
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

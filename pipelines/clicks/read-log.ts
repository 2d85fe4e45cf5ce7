/**
 * The lines of a log, or of the part that a request names, as readings, one after another, so that a long log
 * is read from its source only as there is room for it.
 */
import { READINGS_PER_REQUEST_MAX } from '../../functions/limits.ts';
import { openLines } from '../sources.ts';
import { type Click, type MalformedLine, parseLine } from './access-log.ts';
import { OTHER } from './section.ts';
import { sumUp } from './sum-up.ts';

interface LogRequest {
  readonly url: string;
  readonly firstLine: number;
  readonly lines?: readonly [first: number, last: number] | undefined;
}

/**
 * The same number is held back until it is known whether the log has more lines than a request may have
 * readings.
 */
const GIVEN_AT_ONCE_MAX = READINGS_PER_REQUEST_MAX / 2;
const HELD_BACK_MAX = READINGS_PER_REQUEST_MAX - GIVEN_AT_ONCE_MAX;

/**
 * Most keys that one request makes: a site that answers any path would otherwise not bound them.
 * HELD_BACK_MAX has room for the sums of this many.
 */
const SECTIONS_MAX = 500;

/**
 * A reading for each line except blank ones. If a log has more lines than a request may have readings, the
 * lines after the first half are summed up by section and browser: the counts stay the same, and no second
 * request is needed.
 */
export async function* readLog(
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Click | MalformedLine> {
  const [first, last] = request.lines ?? [1, Number.POSITIVE_INFINITY];
  const sections = new Set<string>();
  let current = request.firstLine - 1;
  let given = 0;
  let held: (Click | MalformedLine)[] = [];
  for await (const line of openLines(request.url, { signal })) {
    current += 1;
    if (current >= first && line.trim() !== '') {
      const reading = bounded(parseLine(line, current), sections);
      if (given < GIVEN_AT_ONCE_MAX) {
        given += 1;
        yield reading;
      } else {
        if (held.length >= HELD_BACK_MAX) held = sumUp(held);
        held.push(reading);
      }
    }
    if (current >= last) break;
  }
  yield* held;
}

function bounded(reading: Click | MalformedLine, sections: Set<string>): Click | MalformedLine {
  if (sections.has(reading.path)) return reading;
  if (sections.size === SECTIONS_MAX) return { ...reading, path: OTHER };
  sections.add(reading.path);
  return reading;
}

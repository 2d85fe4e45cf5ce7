/**
 * The lines of a log, or of the part of it that a request names, as readings: one after the other, so that a long log is
 * taken from its source as there is room for it.
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

/** As many again are held back until it is known whether the log has more lines than a request may give readings. */
const GIVEN_AT_ONCE_MAX = READINGS_PER_REQUEST_MAX / 2;
const HELD_BACK_MAX = READINGS_PER_REQUEST_MAX - GIVEN_AT_ONCE_MAX;

/**
 * One request makes no more keys than this: a site that serves whatever is asked for does not bound them. The sums of so
 * many have room in HELD_BACK_MAX.
 */
const SECTIONS_MAX = 500;

/**
 * A reading for each line, blank ones left out. Of a log of more lines than a request may give readings, the lines of
 * the second half and beyond are summed up by section and browser: it counts the same, and costs no request.
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

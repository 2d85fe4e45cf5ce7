/** Readings of many lines as few: one for each section and browser, one for each section's malformed lines. */
import type { Click, MalformedLine } from './access-log.ts';

/** A sum of more lines would pass so many thousands at once that its outputs have no room beside the state. */
const LINES_PER_SUM_MAX = 50_000;

/** What is a sum already is summed up again. */
export function sumUp(readings: readonly (Click | MalformedLine)[]): (Click | MalformedLine)[] {
  const full: Click[] = [];
  const clicks = new Map<string, Click>();
  const malformed = new Map<string, MalformedLine>();
  for (const reading of readings) {
    if ('malformed' in reading) {
      malformed.set(reading.path, addLine(malformed.get(reading.path), reading));
      continue;
    }
    // As JSON: a path may hold whatever would be put between the two.
    const name = JSON.stringify([reading.path, reading.browser]);
    const sum = addClick(clicks.get(name), reading);
    const isFull = linesOf(sum) > LINES_PER_SUM_MAX;
    if (isFull) full.push(clicks.get(name) ?? reading);
    clicks.set(name, isFull ? reading : sum);
  }
  return [...full, ...clicks.values(), ...malformed.values()];
}

function addClick(sum: Click | undefined, next: Click): Click {
  if (sum === undefined) return next;
  return { ...sum, bytes: sum.bytes + next.bytes, clicks: linesOf(sum) + linesOf(next) };
}

function linesOf({ clicks = 1 }: Click): number {
  return clicks;
}

function addLine(sum: MalformedLine | undefined, next: MalformedLine): MalformedLine {
  if (sum === undefined) return next;
  const [, lines = 1] = sum.upTo ?? [];
  const [last, more] = next.upTo ?? [next.malformed, 1];
  return { ...sum, upTo: [last, lines + more] };
}

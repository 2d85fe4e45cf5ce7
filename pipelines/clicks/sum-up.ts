/**
 * Sums up the readings of many lines: one for each section and browser, and one for each section's malformed
 * lines.
 */
import type { Click, MalformedLine } from './access-log.ts';

/** A larger sum could pass so many thousands at once that its outputs would not fit next to the state. */
const LINES_PER_SUM_MAX = 50_000;

/** Sums may be summed up again. */
export function sumUp(readings: readonly (Click | MalformedLine)[]): (Click | MalformedLine)[] {
  const full: Click[] = [];
  const clicks = new Map<string, Click>();
  const malformed = new Map<string, MalformedLine>();
  for (const reading of readings) {
    if ('malformed' in reading) {
      malformed.set(reading.path, addLine(malformed.get(reading.path), reading));
      continue;
    }
    // As JSON, because a path may contain any separator.
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

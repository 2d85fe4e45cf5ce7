/** Compares the result of a case with the expected one, as text. */
import { isDeepStrictEqual } from 'node:util';
import type { Ending } from './command.ts';

export interface Verdict {
  readonly expected: string;
  readonly got: string;
  readonly right: boolean;
}

/** The states of all keys, or the parts of them that are given here, and lines that were skipped. Nothing set aside. */
export function expectKeys(
  { status, summary, text }: Ending,
  keys: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  skipped = 0,
): Verdict {
  const expected = { status: 0, skipped, deadLettered: 0, keys };
  if (summary === undefined) return verdict(expected, `status ${status}, no summary: ${lastWords(text)}`);
  const got = {
    status,
    skipped: summary.skipped,
    deadLettered: summary.deadLettered,
    keys: Object.fromEntries(
      Object.entries(summary.keys).map(([key, state]) => [key, partOf(state, Object.keys(keys[key] ?? {}))]),
    ),
  };
  return verdict(expected, got);
}

export function expectThat(
  expected: string,
  right: boolean,
  { status, text }: Pick<Ending, 'status' | 'text'>,
): Verdict {
  const ended = status === undefined ? 'it did not end' : `status ${status}`;
  return { expected, got: `${ended}: ${lastWords(text)}`, right };
}

function verdict(expected: object, got: object | string): Verdict {
  return { expected: show(expected), got: show(got), right: isDeepStrictEqual(got, expected) };
}

function partOf(state: unknown, names: readonly string[]): unknown {
  const all: Record<string, unknown> = Object(state);
  return names.length === 0 ? all : Object.fromEntries(names.map((name) => [name, all[name]]));
}

function show(value: object | string): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-2)
    .join(' / ')
    .slice(0, 200);
}

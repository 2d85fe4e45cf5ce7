/**
 * The log of the functions: one JSON object per line, with ids, numbers and reasons. Never a payload.
 *
 * Lines are written to the streams and not with console: Lambda puts a prefix before what console prints, and a line that does
 * not start with a JSON object is no metric and hard to search.
 *
 * Keys and ids come from outside. They cannot start a second line, colour a terminal, hide text or make a line too long.
 */
type Field = string | number | readonly string[] | undefined;

export type Level = 'info' | 'error';

export function logLine(level: Level, fields: Readonly<Record<string, Field>>): string {
  return toLine({ level, ...fields });
}

const TEXT_LENGTH_MAX = 1_100; // A key has 1,024 bytes at most, a reason 500 characters.
const LIST_LENGTH_MAX = 40;

/** The value as JSON text without characters that a terminal or log viewer would interpret. */
export function toLine(value: object): string {
  const bounded = (_name: string, child: unknown): unknown => {
    if (typeof child === 'string' && child.length > TEXT_LENGTH_MAX)
      return `${child.slice(0, TEXT_LENGTH_MAX)}…`;
    return child;
  };
  return escapeUnprintable(JSON.stringify(value, bounded));
}

export function firstOf(texts: readonly string[]): readonly string[] {
  return texts.slice(0, LIST_LENGTH_MAX);
}

/** How a line of metrics begins. */
export const METRICS_LINE = '{"_aws":';

/** Whether a line reports normal operation: metrics and traced requests. */
export function isRoutineLine(line: string): boolean {
  return line.startsWith(METRICS_LINE) || line.startsWith('{"level":"info",');
}

/**
 * Writes as \uXXXX: control and format characters (such as the right-to-left override), line separators, private-use
 * characters and lone surrogates.
 */
function escapeUnprintable(json: string): string {
  return json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index);
      return `\\u${unit.toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}

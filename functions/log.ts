/**
 * The log of the functions: one JSON object a line, made of ids, numbers and reasons. Never a payload.
 *
 * Written to the streams themselves and not through console: Lambda puts a prefix before what console prints, and
 * what is not a JSON object from its first character on is neither a metric nor easy to search.
 * Keys and ids come from outside: whatever is in them cannot begin a second line, colour a terminal, hide text or
 * make a line of any length.
 */
type Field = string | number | readonly string[] | undefined;

export type Level = 'info' | 'error';

export function logLine(level: Level, fields: Readonly<Record<string, Field>>): string {
  return toLine({ level, ...fields });
}

const TEXT_LENGTH_MAX = 1_100; // A key has 1,024 bytes at most, a reason 500 characters.
const LIST_LENGTH_MAX = 40;

/** The value as JSON text in which nothing but the JSON itself has a meaning to who shows it. */
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

/** Lines that say that all is as it should be: metrics and traced requests. */
export function isRoutineLine(line: string): boolean {
  return line.startsWith('{"_aws":') || line.startsWith('{"level":"info",');
}

/** Controls, formats such as the right-to-left override, line separators, private and unpaired: as \uXXXX. */
function escapeUnprintable(json: string): string {
  return json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index);
      return `\\u${unit.toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}

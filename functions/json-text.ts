/**
 * Finds data that JSON.parse silently drops: digits that a double cannot hold, and all but the last property of one name.
 * JSON.parse gives no sign of either, so this scans the text itself, once.
 */
import { PermanentError } from './errors.ts';
import { isExactNumber } from './exact-number.ts';
import { placeOf } from './shorten.ts';

/** Whether a number that a double cannot hold exactly is refused (`exact`) or becomes the nearest double (`rounded`). */
export type Numbers = 'exact' | 'rounded';

interface Open {
  /** The names in an object so far; undefined for a list. */
  readonly names: Set<string> | undefined;
  /** The name or index of the current value. */
  step: string | number;
}

/** Throws an error with the path if parsing `text` loses data. JSON.parse must have accepted the text before. */
export function checkText(text: string, what: string, numbers: Numbers): void {
  const open: Open[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    const inside = open.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        isName = text[at] === '{';
        open.push(isName ? { names: new Set(), step: '' } : { names: undefined, step: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (typeof inside?.step === 'number') inside.step += 1;
        else isName = true;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (isName && inside !== undefined) enterProperty(text.slice(at, end), inside, what, open);
        isName = false;
        at = end - 1;
        break;
      }
      default: {
        const end = endOfNumber(text, at);
        if (end === at) break;
        if (numbers === 'exact') refuseInexact(text.slice(at, end), what, open);
        at = end - 1;
      }
    }
  }
}

function enterProperty(quotedName: string, inside: Open, what: string, open: readonly Open[]): void {
  // Two texts can be the same name: "a" and "\u0061".
  const name = quotedName.includes('\\') ? String(JSON.parse(quotedName)) : quotedName.slice(1, -1);
  inside.step = name;
  if (inside.names?.has(name)) {
    throw new PermanentError(
      `${what}${atPlaceOf(open)}: this name comes twice in its object, and only one can count`,
    );
  }
  inside.names?.add(name);
}

function refuseInexact(source: string, what: string, open: readonly Open[]): void {
  if (isExactNumber(source)) return;
  // The reason must not quote the number, which is part of the payload.
  throw new PermanentError(
    `${what}${atPlaceOf(open)}: a number of ${source.length} characters cannot be held exactly; send it as a string`,
  );
}

function atPlaceOf(open: readonly Open[]): string {
  const place = placeOf(open.map(({ step }) => step));
  return place === '' ? '' : ` at ${place}`;
}

/** The index after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** The index after the number that begins at `start`; `start` itself if none does. */
function endOfNumber(text: string, start: number): number {
  let end = start;
  while (isOfNumber(text.charCodeAt(end), end > start)) end += 1;
  return end;
}

function isOfNumber(code: number, begun: boolean): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  // After the first character also a plus sign, a point, or the e of an exponent. true, false and null do not begin so.
  return isDigit || code === 0x2d || (begun && (code === 0x2b || code === 0x2e || (code | 0x20) === 0x65));
}

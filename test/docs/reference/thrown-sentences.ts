/**
 * The texts of the errors that functions/ throws, read from the source. The page of errors prints them, so a
 * reworded error is reworded there, and a new one without advice fails a test.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../markdown.ts';

/** Each once, with `…` for each value that is put in. */
export function sentencesThrown(): string[] {
  const files = globSync('functions/**/*.ts', { cwd: ROOT }).sort();
  const sentences = files.flatMap((file) => sentencesIn(readFileSync(join(ROOT, file), 'utf8')));
  const tidy = sentences.map((sentence) =>
    sentence
      .replaceAll('\n', ' ')
      .replace(/…+(?: …)*/g, '…')
      .trim(),
  );
  return [...new Set(tidy)].filter((sentence) => /\p{L}{3}/u.test(sentence));
}

const THROWN =
  /new (?:PermanentError|TooLargeError|GiveBackError|NotYetError|NewerFormatError|TooManySubmitsError)\(/g;

export function sentencesIn(source: string): string[] {
  return [...source.matchAll(THROWN)].map(({ 0: call, index }) => textsFrom(source, index + call.length));
}

/** The string literals up to the bracket that closes the call. */
function textsFrom(source: string, start: number): string {
  let text = '';
  let depth = 1;
  for (let at = start; depth > 0 && at < source.length; at += 1) {
    const character = source[at] ?? '';
    if (`'"\``.includes(character)) {
      const [literal, end] = literalFrom(source, at);
      text += literal;
      at = end;
    } else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
  }
  return text;
}

/** A literal's text, and where it ends. */
function literalFrom(source: string, start: number): [text: string, end: number] {
  const quote = source[start];
  let text = '';
  let at = start + 1;
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') at += source[at + 1] === 'n' ? 2 : 1;
    if (quote === '`' && source.startsWith('${', at)) {
      at = endOfValue(source, at + 2);
      text += '…';
    } else text += source[at];
    at += 1;
  }
  return [text, at];
}

/** Where the bracket is that closes `${`. */
function endOfValue(source: string, start: number): number {
  let depth = 1;
  let at = start;
  for (; at < source.length; at += 1) {
    if (source[at] === '{') depth += 1;
    if (source[at] === '}') depth -= 1;
    if (depth === 0) break;
  }
  return at;
}

/**
 * Makes foreign text (keys, reasons, states) safe to show. Control characters, characters that change the
 * direction of writing and invisible ones become a visible \u{...}; in a page, markup is escaped too.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;
/** Characters that join emoji are invisible but belong there. */
const WITHIN_EMOJI =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?\u200D(?=\p{Extended_Pictographic})|\p{Emoji}\uFE0F/gu;

export function printable(text: string): string {
  const kept = new Set<number>();
  for (const { index, 0: match } of text.matchAll(WITHIN_EMOJI)) {
    for (let at = index; at < index + match.length; at += 1) kept.add(at);
  }
  return text.replace(INVISIBLE, (character, at: number) =>
    kept.has(at) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Terminal cells of a text: two for East Asian wide characters and emoji, none for combining marks. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text in at most `cells` cells, with … where it was cut. */
export function fit(text: string, cells: number): string {
  if (widthOf(text) <= cells && text.length <= cells * CODE_UNITS_PER_CELL_MAX) return text;
  let fitted = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > cells - 1) break;
    fitted += segment.length > GRAPHEME_LENGTH_MAX ? '\u{FFFD}' : segment;
  }
  return `${fitted}…`;
}

/**
 * The text in lines of at most `cells` cells, broken between words, or within a word that is longer than a
 * line.
 */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = lines.length === 0 && line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= cells) {
      line = joined;
      continue;
    }
    if (line.trim() !== '') lines.push(line);
    line = ` ${word}`;
    while (widthOf(line) > cells) {
      const head = fit(line, cells + 1).slice(0, -1) || line;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return [...lines, line];
}

export function padEnd(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - widthOf(text)));
}

export function padStart(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - widthOf(text))) + text;
}

/** Any number of marks can be stacked on one letter; the emoji of a family of four takes 11 code units. */
const GRAPHEME_LENGTH_MAX = 16;
const CODE_UNITS_PER_CELL_MAX = 8;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
// Wide characters by Unicode's East Asian Width, in coarse ranges. https://www.unicode.org/reports/tr11/
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\uFE0F|[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6])/u;

/** The narrow forms of Latin letters and kana, which also have wide forms. */
const HALFWIDTH = /^[\uFF61-\uFFDC\uFFE8-\uFFEE]/;

function graphemeWidth(grapheme: string): number {
  if (/^[ -~]$/.test(grapheme) || HALFWIDTH.test(grapheme)) return 1;
  if (/^[\p{M}\p{Cc}\p{Cf}]+$/u.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

import { describe, expect, test } from 'vitest';
import { escapeMarkup, fit, padEnd, padStart, printable, widthOf } from '../../../local/report/printable.ts';
import fc from '../../properties.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001B', '\u009B', '\u202E', '<', '語', '👨‍👩‍👧', '\u0301'),
    fc.string({ unit: 'binary' }),
  ),
});

describe('printable', () => {
  test('text has no control characters, and none that turn or hide text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200B]/u);
      }),
    );
  });

  test('hidden characters are made visible', () => {
    expect(printable('a\u001B[31mb')).toBe('a\\u{1b}[31mb');
    expect(printable('line\r\nbreak')).toBe('line\\u{d}\\u{a}break');
    expect(printable('a\u200Db')).toBe('a\\u{200d}b');
  });

  test.each(['/presentations', 'café', '日本語', '👨‍👩‍👧‍👦', '❤️ ok', 'שלום'])(
    '%s is left as it is',
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );
});

test('foreign text cannot leave its place in markup', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(escapeMarkup(text)).not.toMatch(/[<>"']|&(?!#\d+;)/);
    }),
  );
});

describe('widths', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['ペー', 4],
    ['ｱ', 1],
    ['👨‍👩‍👧‍👦', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('%j takes %i cells', (text, cells) => expect(widthOf(text)).toBe(cells));

  test('fitted text never takes more than its cells, however many marks a letter has', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, cells) => {
        expect(widthOf(fit(printable(text), cells))).toBeLessThanOrEqual(cells);
      }),
    );
    expect(fit(`z${'\u0301'.repeat(5_000)}`, 10).length).toBeLessThan(100);
  });

  test('padding fills to the cell', () => {
    expect(padEnd('日', 4)).toBe('日  ');
    expect(padStart('日', 4)).toBe('  日');
  });
});

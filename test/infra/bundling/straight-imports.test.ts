import { describe, expect, test } from 'vitest';
import { straightImports } from '../../../infra/bundling/straight-imports.ts';

/** Files by name; a specifier is the name of a file, or of something else. */
function straightIn(files: Readonly<Record<string, string>>) {
  return straightImports({
    textOf: (file) => files[file] ?? '',
    fileOf: (specifier) => (specifier in files ? specifier : undefined),
    specifierOf: (file) => `copy:${file}`,
  });
}

const files = {
  main: 'import { a, second as b, all, kept } from "index";\nimport { c } from "node:c";\nimport data from "./data";\nuse(a, b);',
  './data': '{}',
  index: [
    'import { inner } from "deep";',
    'export { one as a } from "first";',
    'export * from "more";',
    'export { inner as all };',
    'export const kept = 1;',
  ].join('\n'),
  first: 'export function one() {}',
  more: 'export * from "other";\nexport * from "last";',
  other: 'export class Other {}',
  last: 'export async function second() {}',
  deep: 'export { x as inner } from "node:x";',
};

describe('a module of the SDK', () => {
  test('imports each name from the file that declares it, and under the name that it has there', () => {
    expect(straightIn(files).textOf('main').split('\n')[0]).toBe(
      [
        'import { one as a } from "copy:first";',
        'import { second as b } from "copy:last";',
        'import { x as all } from "node:x";',
        'import { kept as kept } from "copy:index";',
      ].join(''),
    );
  });

  test('keeps its lines, and imports of what is no module of the SDK', () => {
    expect(straightIn(files).textOf('main').split('\n').slice(1)).toEqual([
      'import { c } from "node:c";',
      'import data from "copy:./data";',
      'use(a, b);',
    ]);
  });

  test('that others have passed by names no file that it only passed on', () => {
    expect(straightIn(files).textOf('index').split('\n')).toEqual([
      'import { x as inner } from "node:x";',
      '',
      '',
      'export { inner as all };',
      'export const kept = 1;',
    ]);
  });

  test('names the file that lacks a name, so that bundling fails there', () => {
    const straight = straightIn({ ...files, main: 'import { absent } from "index";' });
    expect(straight.textOf('main')).toBe('import { absent as absent } from "copy:index";');
  });
});

test('a module with a few names of a file has no others', () => {
  expect(straightIn(files).only(['a', 'Other'], 'index')).toBe(
    'export { one as a } from "copy:first";export { Other as Other } from "copy:other";',
  );
});

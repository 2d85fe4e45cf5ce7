/** The TypeScript in README and docs: whole modules type-check, and fragments are at least valid syntax. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PIPELINE } from '../package/project.ts';
import { DOCUMENTS, ROOT, textOf } from './markdown.ts';

interface Block {
  readonly text: string;
  /** Its line in the document. */
  readonly line: number;
}

/** Of programs on other engines, whose packages are not here. */
const OF_OTHERS = 'docs/adopting.md';
/** Those that examples import: the energy of the tutorial, a recipe, and the pipeline of the tests of the package. */
const ENERGY = /^```ts pipelines\/energy\.ts\n([\s\S]*?)^```$/m.exec(textOf('docs/tutorial.md'))?.[1] ?? '';
const PIPELINES = {
  'pipelines/energy.ts': ENERGY,
  'pipelines/energy-next.ts': ENERGY,
  'pipelines/silence.ts': readFileSync(join(ROOT, 'test/docs/recipes/silence.ts'), 'utf8'),
  'pipelines/temperatures.ts': PIPELINE,
};

const quoting = DOCUMENTS.filter((document) => blocksOf(textOf(document)).length > 0);
// In the clone: there `weir-pipelines` is the package's own name.
mkdirSync(join(ROOT, '.weir'), { recursive: true });
const folder = mkdtempSync(join(ROOT, '.weir/quoted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```ts.*\n([\s\S]*?)^```$/gm)].map(({ 1: text = '', index }) => ({
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));
}

function isModule({ text }: Block): boolean {
  return /^import /m.test(text);
}

/** Undefined when it is TypeScript as a module, as statements of a function, or as properties of an object. */
function syntaxError(text: string): string | undefined {
  const errors = [text, `async () => {\n${text}\n}`, `export const quoted = {\n${text}\n};`].map((source) => {
    try {
      stripTypeScriptTypes(source);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
  return errors.includes(undefined) ? undefined : errors[0];
}

function errorsOfTypes(blocks: Readonly<Record<string, string>>): string {
  const compilerOptions = { noEmit: true };
  const files = {
    ...blocks,
    'tsconfig.json': JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['.'] }),
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  try {
    return execFileSync('tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** The path of a module tells its document and its line. All use the same pipelines, wherever they look for them. */
function modulesOf(documents: readonly string[]): Record<string, string> {
  const modules: Record<string, string> = { ...PIPELINES };
  for (const document of documents) {
    for (const { text, line } of blocksOf(textOf(document)).filter(isModule)) {
      const from = text.replaceAll(/(?<=from ')[./]+(?=pipelines\/)/g, '../');
      modules[`${basename(document, '.md')}/line-${line}.ts`] = from;
    }
  }
  return modules;
}

describe('the code that the documents quote', () => {
  test.each(quoting)('every piece of TypeScript in %s is TypeScript', (document) => {
    const wrong = blocksOf(textOf(document)).flatMap(({ text, line }) => {
      const why = syntaxError(text);
      return why === undefined ? [] : [`line ${line}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  test('every module in them compiles against the package', { timeout: 1_200_000 }, () => {
    const modules = modulesOf(quoting.filter((document) => document !== OF_OTHERS));
    expect(Object.keys(modules).length).toBeGreaterThan(10);
    expect(errorsOfTypes(modules)).toBe('');
  });

  test('a wrong piece and a wrong module are found', { timeout: 1_200_000 }, () => {
    expect(syntaxError('read: async () => {')).toBeDefined();
    expect(syntaxError(`feed: { every: '5 minutes' },`)).toBeUndefined();
    const wrong = `import { definePipeline } from 'weir-pipelines';\nexport default definePipeline({ nome: 'x' });\n`;
    expect(errorsOfTypes({ 'wrong.ts': wrong })).toContain('wrong.ts(2,');
  });
});

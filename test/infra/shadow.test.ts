import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { afterAll, describe, expect, test } from 'vitest';
import { type BundledPipeline, bundlePipeline } from '../../infra/bundling/bundle-pipeline.ts';
import { WeirPipeline } from '../../infra/weir-pipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-shadow-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);
const entry = fixture('meters.ts');
const modulesIn = (bundle: string) =>
  readdirSync(bundle)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => readFileSync(join(bundle, name), 'utf8'));
const OF_NEXT = 'a meter of no kind';

describe('a pipeline with a shadow', () => {
  const bundled = bundlePipeline(entry, { shadow: fixture('meters-next.ts'), outdir: join(folder, 'with') });
  const alone = bundlePipeline(entry, { outdir: join(folder, 'alone') });

  test('has the code of the shadow in a file of its own, which is not loaded at the start of the function', () => {
    expect(bundled.shadow).toEqual({ percent: 10, code: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const { compute, reader, writer } = bundled.bundles;
    expect(readFileSync(join(compute, 'index.mjs'), 'utf8')).not.toContain(OF_NEXT);
    expect(modulesIn(compute).filter((code) => code.includes(OF_NEXT))).toHaveLength(1);
    for (const other of [reader, writer]) expect(modulesIn(other).join()).not.toContain(OF_NEXT);
  });

  test('changes only the bundle of compute', () => {
    expect(alone.shadow).toBeUndefined();
    expect(modulesIn(alone.bundles.compute).join()).not.toContain('weir-shadow');
    expect(modulesIn(alone.bundles.reader)).toEqual(modulesIn(bundled.bundles.reader));
    expect(modulesIn(alone.bundles.writer)).toEqual(modulesIn(bundled.bundles.writer));
  });

  test('adds two variables to its compute function, and nothing else to its template', () => {
    const plain = { ...alone, bundles: emptyBundles() };
    const [without, having] = [
      templateOf(plain),
      templateOf({ ...plain, shadow: { percent: 25, code: 'c' } }),
    ];
    const text = JSON.stringify(having, null, 2);
    const own = /^ *"WEIR_SHADOW_(PERCENT|CODE)": "(25|c)",?\n/gm;
    expect(text.match(own)).toHaveLength(2);
    expect(JSON.parse(text.replace(own, ''))).toEqual(without);
  });
});

const refused = (pipeline: string, shadow: string | { entry: string; percent?: number }) => () =>
  bundlePipeline(pipeline, { shadow, outdir: join(folder, 'refused') });

test.each([
  ['a file that is not there', { entry: 'none.ts' }, /^shadow is "none.ts", but there is no file/],
  [
    'a share that cannot be',
    { entry, percent: 0 },
    /^shadow.percent is 0: use a number above 0, 100 at the most$/,
  ],
  ['a file without a pipeline', write('none', 'export default 1;'), /its default export is not a pipeline/],
])('a shadow of %s is refused by name', (_, shadow, why) => {
  expect(refused(entry, shadow)).toThrow(why);
});

test('a shadow of a pipeline with merge is refused, because its readers fold too', () => {
  const merging = write(
    'merging',
    `import meters from ${JSON.stringify(entry)};
     export default { ...meters, merge: (a, b) => ({ total: a.total + b.total }) };`,
  );
  expect(refused(merging, entry)).toThrow(
    /pipeline meters has merge, so its readings are folded where they are read/,
  );
});

test('a shadow of an earlier state version is refused: the states of the pipeline cannot become its own', () => {
  const later = write(
    'later',
    `import meters from ${JSON.stringify(entry)};
     export default { ...meters, state: { version: 2, migrate: { 1: (old) => old } } };`,
  );
  expect(refused(later, entry)).toThrow(
    /its states have version 1, those of pipeline meters have 2: a shadow needs the same version/,
  );
});

function write(name: string, code: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  return file;
}

function emptyBundles(): BundledPipeline['bundles'] {
  const bundle = (name: string) => {
    const path = join(folder, 'empty', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'index.mjs'), `// ${name}`);
    return path;
  };
  return { reader: bundle('reader'), compute: bundle('compute'), writer: bundle('writer') };
}

function templateOf(bundled: BundledPipeline) {
  const app = new App({
    outdir: mkdtempSync(join(folder, 'cdk-')),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const stack = new Stack(app, 'Meters');
  new WeirPipeline(stack, 'Pipeline', { entry, bundled });
  return Template.fromStack(stack).toJSON();
}

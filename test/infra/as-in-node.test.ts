/**
 * Code that loads in Node also loads in a function and behaves the same; other code is refused by name before
 * a deployment.
 */
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ENV } from '../../functions/env.ts';
import { isRecord } from '../../functions/json.ts';
import { bundleFunctions, PROJECT } from '../../infra/bundling/bundle.ts';
import { checkBundles } from '../../infra/bundling/check-bundles.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The pipeline file of a project with these files; `head` stands above the pipeline, `read` is what its read gives. */
async function project(
  files: Readonly<Record<string, string>>,
  { head = '', read = '0' }: { readonly head?: string; readonly read?: string },
): Promise<string> {
  const folder = await temporaryFolder();
  const pipeline = `${head}
import { definePipeline } from ${JSON.stringify(join(PROJECT, 'functions/pipeline.ts'))};
export const value = async () => ${read};
export default definePipeline({
  name: 'probe',
  request: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  read: async () => [await value()],
  initial: () => 0,
  compute: (count: number) => count + 1,
});
Object.assign(globalThis, { probe: value });
`;
  const all = { 'package.json': '{"type":"module"}', 'pipeline.ts': pipeline, ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return join(folder, 'pipeline.ts');
}

const variables = Object.fromEntries(Object.values(ENV).map((name) => [name, 'http://127.0.0.1:1/1/queue']));
const ALL = { reader: variables, compute: variables, writer: variables };

async function bundled(file: string) {
  return bundleFunctions(file, join(dirname(file), 'bundles'));
}

async function checked(file: string, added: Readonly<Record<string, string>> = {}): Promise<void> {
  const given = { ...variables, ...added };
  await checkBundles(
    { file, bundles: await bundled(file) },
    { reader: given, compute: given, writer: given },
  );
}

/** What the pipeline's `value` gives in the bundle of the reader and in Node. */
async function inBundleAndNode(file: string): Promise<[unknown, unknown]> {
  const bundles = await bundled(file);
  await checkBundles({ file, bundles }, ALL);
  return [await valueIn(join(bundles.reader, 'index.mjs')), await valueIn(file)];
}

async function valueIn(module: string): Promise<unknown> {
  const script = `await import(process.argv[1]); console.log(JSON.stringify(await probe()));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, pathToFileURL(module).href],
    { env: { ...variables, AWS_REGION: 'eu-west-1' } },
  );
  return JSON.parse(stdout);
}

function listenForWarnings(): string[] {
  const warnings: string[] = [];
  const listen = ({ message }: Error) => warnings.push(message);
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  return warnings;
}

describe('a bundle behaves as in Node:', () => {
  test("CommonJS code has require for Node's modules, JSON and names computed at run time, and __dirname and __filename", async () => {
    const file = await project(
      {
        'words.cjs': `const { createHash } = require('node:crypto');
          const { sep } = require('path');
          exports.hash = createHash('sha1').update(require('./words.json').text).digest('hex');
          exports.later = (name) => typeof require(name).EOL;
          exports.paths = [__dirname, __filename].every((path) => path.startsWith(sep));`,
        'words.json': '{"text":"weir"}',
      },
      { head: `import words from './words.cjs';`, read: `[words.hash, words.later('node:os'), words.paths]` },
    );
    const [inBundle, inNode] = await inBundleAndNode(file);
    expect(inNode).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), 'string', true]);
    expect(inBundle).toEqual(inNode);
  });

  test('CommonJS code that is imported later, in a file of its own, has require too', async () => {
    const file = await project(
      {
        'later.cjs': `exports.__esModule = true; exports.default = 1; exports.named = typeof require('node:os').EOL;`,
        'through.cjs': `module.exports = require('./later.cjs');`,
      },
      {
        read: `await Promise.all([import('./later.cjs'), import('./through.cjs')]).then((all) =>
          all.map((module) => ({ named: module.named, default: module.default, keys: Object.keys(module)
            .filter((name) => name !== 'module.exports').sort() })))`,
      },
    );
    const [inBundle, inNode] = await inBundleAndNode(file);
    expect(inNode).toMatchObject([{ named: 'string', default: { default: 1 } }, { named: 'string' }]);
    expect(inBundle).toEqual(inNode);
  });

  test('a package with "main" and "module" resolves as in Node', async () => {
    const file = await project(
      {
        'node_modules/dual/package.json': '{"name":"dual","main":"main.js","module":"module.mjs"}',
        'node_modules/dual/main.js': `exports.default = 'main'; exports.name = 'main';`,
        'node_modules/dual/module.mjs': `export default 'module'; export const name = 'module';`,
      },
      {
        head: `import dual, { name } from 'dual';`,
        read: `({ dual, name, lazy: (await import('dual')).name })`,
      },
    );
    const [inBundle, inNode] = await inBundleAndNode(file);
    expect(inNode).toEqual({ dual: { default: 'main', name: 'main' }, name: 'main', lazy: 'main' });
    expect(inBundle).toEqual(inNode);
  });

  test('a client of AWS that has event streams, as that of S3, is whole', async () => {
    const file = await project(
      {},
      {
        head: `import { S3Client } from '@aws-sdk/client-s3';`,
        read: `Object.keys(new S3Client({ region: 'eu-west-1' }).config.eventStreamMarshaller).length > 0`,
      },
    );
    const folder = join(dirname(file), 'node_modules');
    await mkdir(folder);
    await symlink(join(PROJECT, 'node_modules/@aws-sdk'), join(folder, '@aws-sdk'));
    expect(await inBundleAndNode(file)).toEqual([true, true]);
  });

  test('an optional package, or its native add-on, may be absent', async () => {
    const file = await project(
      {
        'node_modules/fast/package.json': '{"name":"fast"}',
        'node_modules/fast/index.js': `let fast; try { fast = require('./build/fast.node'); } catch { fast = 'slow'; }
          let other; try { other = require('not-installed'); } catch { other = 'none'; }
          module.exports = [fast, other];`,
        'node_modules/fast/build/fast.node': 'no add-on',
      },
      { head: `import fast from 'fast';`, read: 'fast' },
    );
    expect(await inBundleAndNode(file)).toEqual([
      ['slow', 'none'],
      ['slow', 'none'],
    ]);
  });
});

describe('a dependency that a package requires only when it needs it', () => {
  test('may be missing, as in Node', async () => {
    const file = await project(
      {
        'node_modules/drivers/package.json': '{"name":"drivers"}',
        'node_modules/drivers/index.js': `exports.fast = () => require('not-installed/fast');
          exports.slow = () => 'slow'; exports.later = () => import('not-installed-either');`,
      },
      {
        head: `import drivers from 'drivers';`,
        read: `[drivers.slow(), await drivers.later().catch((error) => error.code)]`,
      },
    );
    const [inBundle, inNode] = await inBundleAndNode(file);
    expect(inNode).toEqual(['slow', 'ERR_MODULE_NOT_FOUND']);
    expect(inBundle).toEqual(inNode);
  });

  test('is refused if it is required at once, or by a file of the pipeline itself', async () => {
    const atOnce = await project(
      {
        'node_modules/drivers/package.json': '{"name":"drivers"}',
        'node_modules/drivers/index.js': `require('not-installed');`,
      },
      { head: `import 'drivers';` },
    );
    await expect(checked(atOnce)).rejects.toThrow(
      /package drivers: Cannot find module 'not-installed'.*install it/s,
    );
    const own = await project(
      { 'own.cjs': `exports.go = () => require('not-installed');` },
      { head: `import './own.cjs';` },
    );
    await expect(bundled(own)).rejects.toThrow(/Could not resolve "not-installed".*own\.cjs:1/s);
  });

  test('gets a warning by name if it has a native add-on; a listed dependency of a package is refused', async () => {
    const files = {
      'node_modules/store/package.json': '{"name":"store"}',
      'node_modules/store/index.js': `module.exports = () => require('bindings')('store.node');`,
      'node_modules/bindings/package.json': '{"name":"bindings"}',
      'node_modules/bindings/index.js': `module.exports = () => { throw new Error('not found'); };`,
      'node_modules/drivers/index.js': `exports.open = (name) => name === 'store' ? require('store')() : name;`,
    };
    const use = { head: `import drivers from 'drivers';`, read: `drivers.open('other')` };
    const optional = '{"name":"drivers","peerDependencies":{"store":"1"}}';
    const warnings = listenForWarnings();
    const file = await project({ ...files, 'node_modules/drivers/package.json': optional }, use);
    expect(await inBundleAndNode(file)).toEqual(['other', 'other']);
    await new Promise((told) => setImmediate(told));
    expect(warnings).toEqual([
      'package store has a native add-on, which is not in the bundle: what needs it will fail as a function',
    ]);
    const depends = '{"name":"drivers","dependencies":{"store":"1"}}';
    const needy = await project({ ...files, 'node_modules/drivers/package.json': depends }, use);
    await expect(bundled(needy)).rejects.toThrow(/package store has a native add-on/);
  });

  test('may lack its native add-on, and is refused if it is required at once', async () => {
    const files = {
      'node_modules/features/package.json': '{"name":"features"}',
      'node_modules/features/index.js': `module.exports = require('./build/Release/features.node');`,
      'node_modules/sftp/package.json': '{"name":"sftp","optionalDependencies":{"features":"1"}}',
      'node_modules/sftp/index.js': `let info; try { info = require('features')(); } catch {} exports.info = typeof info;`,
    };
    const file = await project(files, { head: `import sftp from 'sftp';`, read: 'sftp.info' });
    expect(await inBundleAndNode(file)).toEqual(['undefined', 'undefined']);
    const atOnce = await project(files, { head: `import features from 'features';`, read: 'features' });
    await expect(checked(atOnce)).rejects.toThrow(/package features: its native add-on is not in the bundle/);
  });

  test('gets a warning by name, not an error, if it is a script for a thread or process', async () => {
    const file = await project(
      {
        'node_modules/threads/package.json': '{"name":"threads"}',
        'node_modules/threads/index.js': `const { join } = require('path');
          exports.start = () => new (require('worker_threads').Worker)(join(__dirname, 'worker.js'));
          exports.open = () => require('child_process').spawn(join(__dirname, 'open'));
          exports.agent = () => require('child_process').spawn(join(__dirname, 'agent.exe'));`,
        'node_modules/threads/agent.exe': 'MZ\u0000',
        'node_modules/threads/worker.js': '',
        'node_modules/threads/open': '#!/bin/sh\n',
      },
      { head: `import threads from 'threads';`, read: 'typeof threads.start' },
    );
    const warnings = listenForWarnings();
    expect(await inBundleAndNode(file)).toEqual(['function', 'function']);
    await new Promise((told) => setImmediate(told));
    expect(warnings.sort()).toEqual([
      expect.stringMatching(/^package threads can start .*threads\/agent\.exe as a thread or process/),
      expect.stringMatching(
        /^package threads can start .*threads\/open as a thread or process, which is not in the bundle/,
      ),
      expect.stringMatching(/^package threads can start .*threads\/worker\.js as a thread or process/),
    ]);
  });
});

describe('a bundle refuses by name what it cannot contain:', () => {
  test('a native add-on, with the package that has it', async () => {
    const direct = await project(
      {
        'node_modules/@fast/hash/package.json': '{"name":"@fast/hash","main":"hash.node"}',
        'node_modules/@fast/hash/hash.node': 'an add-on',
      },
      { head: `import hash from '@fast/hash';`, read: 'hash' },
    );
    await expect(bundled(direct)).rejects.toThrow(
      /package @fast\/hash has a native add-on .*use a package without one/,
    );
    const lookedFor = await project(
      {
        'node_modules/bindings/package.json': '{"name":"bindings"}',
        'node_modules/bindings/index.js': `module.exports = () => { throw new Error('not found'); };`,
        'node_modules/store/package.json': '{"name":"store"}',
        'node_modules/store/index.js': `module.exports = () => require('bindings')('store.node');`,
      },
      { head: `import store from 'store';`, read: 'store()' },
    );
    await expect(bundled(lookedFor)).rejects.toThrow(/package store has a native add-on/);
  });

  test('a native part in a package for each platform, whose name is computed', async () => {
    const file = await project(
      {
        'node_modules/pictures/package.json':
          '{"name":"pictures","optionalDependencies":{"@pictures/linux-x64":"1","@pictures/darwin-arm64":"1"}}',
        'node_modules/pictures/index.js': `const name = ['@pictures', process.platform + '-' + process.arch].join('/');
          try { module.exports = require(name); }
          catch { throw new Error('Could not load pictures\\nPossible solutions: install it'); }`,
      },
      { head: `import pictures from 'pictures';`, read: 'pictures' },
    );
    await expect(checked(file)).rejects.toThrow(
      /package pictures has a native part for each platform \(@pictures\/linux-x64 and others\).*It said: Could not load pictures$/,
    );
  });

  test('a module that is neither installed nor generated yet, in plain words', async () => {
    const file = await project(
      {
        'node_modules/made/package.json': '{"name":"made"}',
        'node_modules/made/index.js': `module.exports = require('.made/client');`,
      },
      { head: `import made from 'made';`, read: 'made' },
    );
    const refusal = await bundled(file).catch(String);
    expect(refusal).toMatch(
      /Could not resolve ".made\/client".*node_modules\/made\/index\.js:1.*run what makes it/s,
    );
    expect(refusal).not.toContain('mark the path');
  });

  test.each([
    [`readFileSync(new URL('./rates.json', import.meta.url), 'utf8')`],
    [`readFileSync(join(import.meta.dirname, 'rates.json'), 'utf8')`],
  ])('a file that %s would read beside the code', async (read) => {
    const head = `import { readFileSync } from 'node:fs'; import { join } from 'node:path'; void join;`;
    const file = await project({ 'rates.json': '{}' }, { head, read });
    await expect(bundled(file)).rejects.toThrow(
      /pipeline\.ts reads .*rates\.json from beside its code.*import the file/,
    );
  });

  test('a file that a package would read beside its code, with the name of the package', async () => {
    const file = await project(
      {
        'node_modules/zones/package.json': '{"name":"zones"}',
        'node_modules/zones/lib/index.js': `const path = require('path');
          module.exports = () => require('fs').readFileSync(path.join(__dirname, '..', 'zones.txt'), 'utf8');`,
        'node_modules/zones/index.js': `module.exports = require('./lib');`,
        'node_modules/zones/zones.txt': 'UTC',
      },
      { head: `import zones from 'zones';`, read: 'zones()' },
    );
    await expect(bundled(file)).rejects.toThrow(/package zones .* reads .*zones\.txt from beside its code/);
  });
});

describe('a function that cannot be loaded is found before it is deployed, with the reason:', () => {
  test('an error at the top of the file, with its place', async () => {
    const file = await project(
      {},
      { head: `\nif (process.env['NO'] === undefined) throw new Error('not today');` },
    );
    await expect(checked(file)).rejects.toThrow(
      /pipeline file .* cannot be loaded as a Lambda function \(reader, compute, writer\).*pipeline\.ts:2:\d+: not today/,
    );
  });

  test('an error at the top of a package, with its name', async () => {
    const file = await project(
      {
        'node_modules/picky/package.json': '{"name":"picky"}',
        'node_modules/picky/index.js': `if (!process.env['PICKY_HOME']) throw new Error('no home');`,
      },
      { head: `import 'picky';` },
    );
    await expect(checked(file)).rejects.toThrow(/package picky: no home.*does not have: PICKY_HOME/);
  });

  test('a global that only browsers have, with the output printed before', async () => {
    const file = await project(
      {
        'node_modules/canvas/package.json': '{"name":"canvas"}',
        'node_modules/canvas/index.js': `console.warn('Warning: cannot load "@canvas/native"\\nand more');
          const error = new ReferenceError('DOMMatrix is not defined');
          error.stack = 'ReferenceError: DOMMatrix is not defined\\n    at <anonymous> (webpack://canvas.js:63:22)';
          throw error;`,
      },
      { head: `import 'canvas';` },
    );
    const refusal = await checked(file).catch(String);
    expect(refusal).toMatch(
      /invocation: DOMMatrix is not defined\. DOMMatrix is no name of Node: .*\. Before, it printed: Warning: cannot load "@canvas\/native"$/,
    );
  });

  test('a missing variable of the function is named, and its own variables are seen', async () => {
    const head = `const host = process.env['SHOP_HOST']!.toLowerCase();`;
    const file = await project({}, { head, read: 'host' });
    await expect(checked(file)).rejects.toThrow(
      /toLowerCase.*does not have: SHOP_HOST\. If it needs it, give it/,
    );
    await expect(checked(file, { SHOP_HOST: 'SHOP' })).resolves.toBeUndefined();
  });

  test('a file that is not in the bundle, under any name', async () => {
    const head = `import { readFileSync } from 'node:fs';
      const name = ['rates', 'json'].join('.');
      const rates = readFileSync(new URL(\`./\${name}\`, import.meta.url), 'utf8');`;
    const file = await project({ 'rates.json': '{}' }, { head, read: 'rates' });
    await expect(checked(file)).rejects.toThrow(
      /pipeline\.ts:3:\d+: ENOENT.*rates\.json.*A bundle holds code only/,
    );
  });

  test('a package that only createRequire asks for', async () => {
    const head = `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./words.cjs');`;
    const file = await project({ 'words.cjs': '' }, { head });
    await expect(checked(file)).rejects.toThrow(/words\.cjs.*import it by `import`/s);
  });

  test('a package of the project that is required under a computed name', async () => {
    const head = `import { createRequire } from 'node:module'; createRequire(import.meta.url)(['hid', 'den'].join(''));`;
    const file = await project(
      { 'node_modules/hidden/package.json': '{"name":"hidden"}', 'node_modules/hidden/index.js': '' },
      { head },
    );
    await expect(checked(file)).rejects.toThrow(/Cannot find module 'hidden'.*import it by `import`/s);
  });

  test('a process that ends', async () => {
    const file = await project({}, { head: `if (process.send) process.exit(7);` });
    await expect(checked(file)).rejects.toThrow(/the process ended with status 7 while it loaded/);
  });

  test('a server that does not answer is no reason, because it may answer in Lambda', async () => {
    const head = `import { connect } from 'node:net'; import { once } from 'node:events';
      await once(connect(1, '127.0.0.1'), 'connect');`;
    await expect(checked(await project({}, { head }))).resolves.toBeUndefined();
  });

  test('synthesize fails with it, so cdk synth and the local run stop', async () => {
    const file = await project(
      {},
      { head: `if (process.send && !process.env['MODE']) throw new Error('no mode');` },
    );
    const folder = dirname(file);
    const options = {
      pipelines: [{ file }],
      outdir: join(folder, 'out'),
      bundleDir: join(folder, 'b'),
      validate: false,
    };
    await expect(synthesize(options)).rejects.toThrow(
      /pipeline\.ts cannot be loaded as a Lambda function.*no mode/,
    );
    const [stack] = await synthesize({ ...options, env: { MODE: 'fast' } });
    expect(isRecord(stack?.template)).toBe(true);
  });
});

test('a bundle is checked in a process without a compiler for TypeScript, as Lambda has none', async () => {
  const head = `const loaded = Reflect.get(process, 'moduleLoadList') as string[];
    if (loaded.length === 0 || loaded.some((name) => name.includes('amaro'))) throw new Error('a compiler');`;
  await checked(await project({}, { head }));
});

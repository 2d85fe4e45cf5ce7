/**
 * The files that `weir init` makes, keeps and refuses. test/package/init.test.ts tests that the project
 * works.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initIn } from '../../../cli/commands/init.ts';
import { temporaryDirectory } from '../../local/tiny-stack.ts';

const read = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');
const manifest = (folder: string) => JSON.parse(read(folder, 'package.json'));
const FILES = [
  '.gitignore',
  'cdk.json',
  'infra',
  'package.json',
  'pipelines',
  'requests.ndjson',
  'test',
  'tsconfig.json',
];

test('a new folder, with spaces and letters of any language in its name, gets a whole project', () => {
  const folder = join(temporaryDirectory(), 'Zähler am See');
  const lines = initIn(folder);
  expect(readdirSync(folder).sort()).toEqual(FILES);
  expect(manifest(folder)).toMatchObject({
    name: 'zahler-am-see',
    type: 'module',
    scripts: { start: expect.stringContaining('weir run'), test: 'vitest run' },
    dependencies: { 'weir-pipelines': expect.stringMatching(/^\^\d/) },
    allowScripts: { esbuild: false },
  });
  expect(lines.filter((line) => line.startsWith('made'))).toHaveLength(8);
  expect(lines.slice(-5)).toEqual([
    'Next:',
    `  cd ${JSON.stringify(folder)}`,
    '  npm install',
    '  npm start',
    '  npm test',
  ]);
});

test('weir init a second time writes nothing, and says of each file that it was left', () => {
  const folder = temporaryDirectory();
  initIn(folder);
  writeFileSync(join(folder, 'pipelines/readings.ts'), '// mine');
  const before = read(folder, 'package.json');
  const lines = initIn(folder);
  expect(read(folder, 'pipelines/readings.ts')).toBe('// mine');
  expect(read(folder, 'package.json')).toBe(before);
  expect(lines.filter((line) => line.startsWith('made') || line.startsWith('added'))).toEqual([]);
  expect(lines).toContain('left   pipelines/readings.ts, which is there already');
});

test('a CDK app keeps its app, scripts and versions, and gets what is missing', () => {
  const folder = temporaryDirectory();
  const own = {
    name: 'shop',
    type: 'module',
    scripts: { start: 'node server.ts', test: 'vitest run' },
    devDependencies: { 'aws-cdk-lib': '2.200.0' },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own, null, '\t'));
  writeFileSync(join(folder, 'cdk.json'), '{ "app": "node bin/shop.ts" }');
  const lines = initIn(folder);
  expect(manifest(folder)).toMatchObject(own);
  expect(manifest(folder).dependencies).not.toHaveProperty('aws-cdk-lib');
  expect(read(folder, 'package.json')).toContain('\n\t"name"');
  expect(read(folder, 'cdk.json')).toBe('{ "app": "node bin/shop.ts" }');
  expect(readdirSync(folder)).not.toContain('infra');
  expect(lines).toContain('left   package.json: scripts start, which is yours');
  expect(lines).toContain("  new WeirPipeline(this, 'Readings', { entry: 'pipelines/readings.ts' });");
  expect(lines).toContain('  npx weir run --pipeline pipelines/readings.ts --requests-file requests.ndjson');
});

test('the install scripts that a project allows or refuses stay as they are', () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "allowScripts": { "esbuild": true } }');
  initIn(folder);
  expect(manifest(folder).allowScripts).toEqual({ esbuild: true });
});

test('a package.json without a type and without code, as npm install leaves it, becomes that of an ES module', () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "weir-pipelines": "file:x.tgz" } }');
  expect(initIn(folder)[0]).toContain('added  package.json: "type": "module"');
  expect(manifest(folder)).toMatchObject({
    type: 'module',
    dependencies: { 'weir-pipelines': 'file:x.tgz' },
  });
});

test.each([
  ['a CommonJS project', { 'package.json': '{ "type": "commonjs" }' }, 'npm pkg set type=module'],
  ['one of those', { 'package.json': '{ "type": "commonjs" }' }, 'in a file that ends in .mts'],
  ['a project with code and no type', { 'package.json': '{}', 'index.js': '' }, 'a CommonJS project'],
  ['the name of the package itself', { 'package.json': '{ "name": "weir-pipelines" }' }, 'another name'],
  ['a package.json that is no object', { 'package.json': '[]' }, 'package.json is not a JSON object'],
  ['a file where a folder has to be', { pipelines: '' }, 'pipelines is a file, and a folder of this name'],
  ['a folder where a file has to be', { 'tsconfig.json/x': '' }, 'tsconfig.json is a folder, and a file'],
])('%s is refused with the way out, before anything is written', (_what, files, message) => {
  const folder = temporaryDirectory();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const before = readdirSync(folder);
  expect(() => initIn(folder)).toThrow(message);
  expect(readdirSync(folder)).toEqual(before);
});

test('a file in place of the folder is refused', () => {
  const file = join(temporaryDirectory(), 'taken');
  writeFileSync(file, '');
  expect(() => initIn(file)).toThrow('taken is a file: give a folder, which may be new');
});

test('a TypeScript that is too old is named, with the command that installs a newer one', () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'node_modules/typescript'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/typescript/package.json'), '{ "version": "5.4.5" }');
  expect(initIn(folder).join('\n')).toContain(
    'TypeScript here is 5.4.5, older than the 5.8 that tsconfig.json and the types need: npm install --save-dev typescript@latest',
  );
});

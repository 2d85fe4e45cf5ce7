/** The import rule: see CONTRIBUTING.md. Read from the sources as text, so that type imports count too. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { arrows, IMPORTS_FILE } from './draw-imports.ts';
import { findCircles, importedNames, ROOT, readImports } from './import-graph.ts';

const files = globSync(
  '{client,functions,infra,model,pipelines,local,cli,operate,plan,simulate,testing}/**/*.ts',
  {
    cwd: ROOT,
  },
);

/** `file -> import` for every import of these files that is not allowed. */
function offenders(
  of: (file: string) => boolean,
  isAllowed: (name: string, file: string) => boolean,
): string[] {
  return files.filter(of).flatMap((file) =>
    importedNames(file)
      .filter((name) => !isAllowed(name, file))
      .map((name) => `${file} -> ${name}`),
  );
}

const isStage = (file: string) => /^functions\/(feeds|reader|compute|writer)\//.test(file);
const isHandler = (file: string) => file.endsWith('/handler.ts');
const isCore = (file: string) =>
  file.startsWith('functions/') && !file.startsWith('functions/aws/') && !isHandler(file);

test('the sources are found', () => {
  expect(files.length).toBeGreaterThan(80);
});

test('nothing in functions/ imports what runs or deploys it', () => {
  const inFunctions = (file: string) => file.startsWith('functions/');
  expect(
    offenders(
      inFunctions,
      (name) => !/^(client|infra|local|cli|bench|plan|operate|simulate|testing|test|pipelines)\//.test(name),
    ),
  ).toEqual([]);
});

test('a stage imports no other stage', () => {
  const stageOf = (file: string) => file.split('/')[1];
  const isOwn = (name: string, file: string) => !isStage(name) || stageOf(name) === stageOf(file);
  expect(offenders(isStage, isOwn)).toEqual([]);
});

test('the core imports no AWS client and no AWS adapter', () => {
  expect(offenders(isCore, (name) => !name.startsWith('@aws') && !name.startsWith('functions/aws/'))).toEqual(
    [],
  );
});

test('the core takes clock, randomness and environment as arguments', () => {
  const forbidden = /\b(Date\.now|new Date\(|Math\.random|process\.env|performance\.now)\b/;
  const free = files
    .filter((file) => isCore(file) && file !== 'functions/env.ts')
    .filter((file) =>
      forbidden.test(readFileSync(join(ROOT, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
  expect(free).toEqual([]);
});

test('no file of functions/ has module state: nothing is left over from another call', () => {
  const kept = /^(?:export )?(?:let\b|const \w+(?:: [^=]+)? = new (?:Map|Set|WeakMap|WeakSet)\b[^(]*\(\))/m;
  const inFunctions = files.filter((file) => file.startsWith('functions/'));
  expect(inFunctions.filter((file) => kept.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('infra/ imports exactly the files of functions/ that pipeline.ts lists', () => {
  const said = /From functions\/, infra\/ imports only this file, (.*)\./.exec(
    readFileSync(join(ROOT, 'functions/pipeline.ts'), 'utf8'),
  )?.[1];
  const allowed = ['pipeline.ts', ...(said?.split(/, | and /) ?? [])].map((name) => `functions/${name}`);
  const taken = files.filter((file) => file.startsWith('infra/')).flatMap(importedNames);
  const ofFunctions = new Set(taken.filter((name) => name.startsWith('functions/')));
  expect([...ofFunctions].sort()).toEqual(allowed.sort());
});

test('the client imports only functions/, and functions/ does not import the client', () => {
  const inClient = (file: string) => file.startsWith('client/');
  const ground = /^(node:|@aws-sdk\/client-(dynamodb|sqs)$|@standard-schema\/spec$|functions\/|client\/)/;
  expect(offenders(inClient, (name) => ground.test(name))).toEqual([]);
});

/** What each room may import beside itself: everything below it, never what stands on it. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  functions: [],
  client: ['functions'],
  infra: ['functions'],
  model: ['functions'],
  simulate: ['functions', 'infra', 'model', 'operate'],
  testing: ['functions', 'infra', 'model', 'simulate'],
  operate: ['functions', 'model'],
  local: ['functions', 'infra', 'model', 'operate'],
  plan: ['functions', 'infra', 'model', 'local'],
  cli: ['functions', 'client', 'infra', 'model', 'simulate', 'testing', 'operate', 'local', 'plan'],
  pipelines: ['functions', 'model'],
  bench: ['functions', 'infra', 'model', 'simulate', 'local', 'plan', 'cli', 'operate', 'pipelines'],
};

test('imports between folders go one way', () => {
  const roomOf = (file: string) => file.split('/')[0] ?? '';
  const isAllowed = (name: string, file: string) =>
    !name.endsWith('.ts') ||
    roomOf(name) === roomOf(file) ||
    (ROOMS[roomOf(file)] ?? []).includes(roomOf(name));
  expect(offenders(() => true, isAllowed)).toEqual([]);
});

test('no file imports itself through others: no folder has a circle of imports', () => {
  const imports = readImports();
  const rooms = new Set([...imports.keys()].map((file) => file.split('/')[0]));
  expect([...rooms]).toEqual(expect.arrayContaining([...Object.keys(ROOMS), 'test']));
  expect(findCircles(imports)).toEqual([]);
});

test('a circle of imports is found, however long it is, and a file that imports itself', () => {
  const imports = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['a', 'd']],
    ['d', ['e']],
    ['e', ['e']],
  ]);
  expect(findCircles(imports)).toEqual([['e'], ['a', 'b', 'c']]);
});

test('docs/imports.md shows each import between two folders, and no other', () => {
  const withoutCounts = (text: string) =>
    text.match(/\w+ -->\|\d+\| \w+/g)?.map((arrow) => arrow.replace(/\d+/, ''));
  expect(withoutCounts(readFileSync(IMPORTS_FILE, 'utf8'))).toEqual(withoutCounts(arrows(readImports())));
});

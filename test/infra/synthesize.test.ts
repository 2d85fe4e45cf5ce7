import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tally = { file: join(import.meta.dirname, 'tally.ts') };

async function synthesizeTally(options: Parameters<typeof synthesize>[0] = {}) {
  const folder = await temporaryFolder();
  const [stack] = await synthesize({
    pipelines: [tally],
    outdir: join(folder, 'cdk.out'),
    bundleDir: join(folder, 'functions'),
    validate: false,
    ...options,
  });
  if (stack === undefined) throw new Error('no stack');
  return stack;
}

describe('synthesize', () => {
  test('gives the same template, hashes of the code included, at every run and at every place', async () => {
    const first = await synthesizeTally();
    const second = await synthesizeTally();
    expect(second.template).toEqual(first.template);
    expect(JSON.stringify(first.template)).toMatch(/[0-9a-f]{64}\.zip/);
  });

  test('makes one stack for each pipeline, named after the pipeline and the deployment', async () => {
    const folder = await temporaryFolder();
    const other = join(folder, 'other.ts');
    await writeFile(
      other,
      `import tally from ${JSON.stringify(tally.file)};
       export default { ...tally, name: 'other' };`,
    );
    const stacks = await synthesize({
      pipelines: [tally, { file: other, resultsQueue: true }],
      deployment: 'development',
      outdir: join(folder, 'cdk.out'),
      bundleDir: join(folder, 'functions'),
      validate: false,
    });
    expect(stacks.map(({ name }) => name)).toEqual(['tally-development', 'other-development']);
    expect(stacks.map(({ settings }) => settings.logs.retentionDays)).toEqual([7, 7]);
    expect(stacks.map(({ template }) => 'ResultsQueue' in Object(template['Resources']))).toEqual([
      false,
      true,
    ]);
  });

  test('accepts settings from the caller, checked like those of the command line', async () => {
    const stack = await synthesizeTally({ settings: { reader: { maxConcurrency: 7 } } });
    expect(stack.settings.reader.maxConcurrency).toBe(7);
    await expect(synthesizeTally({ settings: { reader: { maxConcurrency: 1 } } })).rejects.toThrow(
      /pipeline tally has settings that cannot work:\n.*reader\.maxConcurrency is 1/,
    );
  });

  test('refuses an unknown deployment, and a file that is not a pipeline, by name', async () => {
    await expect(synthesizeTally({ deployment: 'prod' })).rejects.toThrow(
      'deployment "prod" is not in infra/config.ts, use one of: production, development',
    );
    const folder = await temporaryFolder();
    const empty = join(folder, 'empty.ts');
    await writeFile(empty, 'export default {};\n');
    await expect(synthesizeTally({ pipelines: [{ file: empty }] })).rejects.toThrow(
      /empty\.ts.* is not a pipeline/,
    );
    const absent = join(folder, 'absent.ts');
    await expect(synthesizeTally({ pipelines: [{ file: absent }] })).rejects.toThrow(
      /absent\.ts cannot be loaded/,
    );
  });
});

describe('a pipeline file with a mistake in its options', () => {
  const mistaken = async () => {
    const file = join(await temporaryFolder(), 'mistaken.ts');
    await writeFile(
      file,
      `import tally from ${JSON.stringify(tally.file)};
       import { definePipeline } from ${JSON.stringify(join(PROJECT, 'functions', 'pipeline.ts'))};
       const { order, requestId, ...parts } = tally;
       export default definePipeline({ ...parts, poisen: 'stop', limits: { readersMax: 1 } } as never);`,
    );
    return file;
  };

  test('fails the synth with the file, the line, every wrong option and a suggestion', async () => {
    const file = await mistaken();
    await expect(synthesizeTally({ pipelines: [{ file }] })).rejects.toThrow(
      `pipeline file ${file} cannot be loaded: ${file}:4:23: pipeline "tally" cannot work:\n` +
        '  - poisen is not an option: did you mean poison?\n' +
        '  - limits.readersMax is 1: use a whole number from 2 to 1000',
    );
  });
});

describe('the app as the command line of the CDK starts it', () => {
  const run = async (context: Record<string, string>) => {
    const env = {
      PATH: process.env['PATH'],
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_OUTDIR: await temporaryFolder(),
    };
    return promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: PROJECT, env });
  };

  test.each([
    [
      { settings: '{"requests":{"visibilityTimeoutSeconds":60}}' },
      /visibilityTimeoutSeconds is 60.*timeoutSeconds is/,
    ],
    [{ settings: '{"requests":' }, /settings is not JSON: \{"requests":/],
    [{ pipeline: 'nowhere' }, /pipeline "nowhere" is not in infra\/config\.ts, use one of: clicks/],
  ])('%j ends with the reason alone and status 1', async (context, reason) => {
    const ended: unknown = await run(context).catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(reason) });
    expect(ended).toMatchObject({ stderr: expect.not.stringMatching(/^ {4}at /m) });
  });
});

import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bytesAtStart } from '../../../bench/cold-start.ts';
import { ENV } from '../../../functions/env.ts';
import { bundleFunctions, FUNCTION_NAMES, PROJECT } from '../../../infra/bundling/bundle.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Made in a second or so, in several on a machine that has other things to do. */
const TWO_BUNDLES = { timeout: 1_200_000 };

const tally = join(import.meta.dirname, '../tally.ts');

describe('bundles', () => {
  test(
    'contain a handler, its later imports and their source maps, and nothing else',
    TWO_BUNDLES,
    async () => {
      const folder = await temporaryFolder();
      const bundles = await bundleFunctions(tally, folder);
      await writeFile(join(bundles.writer, 'later-OLD.mjs'), 'of an earlier bundle');
      await bundleFunctions(tally, folder);
      expect((await readdir(folder)).sort()).toEqual([...FUNCTION_NAMES].sort());
      for (const name of FUNCTION_NAMES) {
        const files = await readdir(bundles[name]);
        expect(files).toEqual(expect.arrayContaining(['index.mjs', 'index.mjs.map']));
        expect(files.filter((file) => !/^(index|later-[A-Za-z0-9-]+)\.mjs(\.map)?$/.test(file))).toEqual([]);
      }
      const ofWriter = await readdir(bundles.writer);
      expect(ofWriter.filter((name) => name.startsWith('later-')).length).toBeGreaterThan(0);
    },
  );

  test('are at most 150 KB at a cold start, and one file for compute and writer', TWO_BUNDLES, async () => {
    const totals = join(PROJECT, 'bench/pipelines/totals.ts');
    const bundles = await bundleFunctions(totals, await temporaryFolder());
    for (const name of FUNCTION_NAMES) {
      const entry = join(bundles[name], 'index.mjs');
      expect((await bytesAtStart(entry)) / 1024, name).toBeLessThanOrEqual(150);
      const text = await readFile(entry, 'utf8');
      if (name !== 'reader') expect(text, name).not.toMatch(/\b(from|import) ?"\.\//);
    }
  });

  test('have the same bytes in every run and folder', TWO_BUNDLES, async () => {
    const [first, second] = await Promise.all([temporaryFolder(), temporaryFolder()]);
    await bundleFunctions(tally, first);
    await bundleFunctions(tally, second);
    for (const name of FUNCTION_NAMES) {
      const files = await readdir(join(first, name));
      expect(await readdir(join(second, name))).toEqual(files);
      for (const file of files) {
        const [a, b] = await Promise.all([first, second].map((folder) => readFile(join(folder, name, file))));
        expect(a?.equals(b ?? Buffer.of()), `${name}/${file}`).toBe(true);
      }
    }
  });

  test('hold no path of this machine', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    for (const name of FUNCTION_NAMES) {
      for (const file of await readdir(bundles[name])) {
        expect(await readFile(join(bundles[name], file), 'utf8')).not.toContain(PROJECT);
      }
    }
  });

  test('leave out code that no function runs: credential providers, discovered endpoints, a hash in JavaScript', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    for (const text of await textsOf(bundles.compute)) {
      expect(text).not.toMatch(/credential-provider-(sso|ini|process)|ssoStartUrl|mnemonist|1116352408/);
    }
  });

  test('leave out the parts of Weir’s own clients that its code replaces: codecs, endpoint rules, a signer', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    for (const name of ['reader', 'compute'] as const) {
      const texts = (await textsOf(bundles[name])).join('');
      expect(texts).toContain('retry-mode');
      expect(texts).not.toMatch(
        /JsonShapeSerializer|BinaryDecisionDiagram|BackupInUse|QueueDeletedRecently|moveHeadersToQuery/,
      );
    }
  });

  test('keep clients that a pipeline makes itself whole', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'own-client.ts');
    await writeFile(
      file,
      `import tally from ${JSON.stringify(tally)};
       import { BackupInUseException, DynamoDBClient } from ${JSON.stringify(join(PROJECT, 'node_modules/@aws-sdk/client-dynamodb'))};
       const { config } = new DynamoDBClient({ region: 'eu-west-1' });
       const { url } = config.endpointProvider({ Region: 'eu-west-1', UseFIPS: true, UseDualStack: true });
       process.stdout.write([url.host, config.protocol.constructor.name, BackupInUseException.name].join(' '));
       export default { ...tally, name: 'own-client' };`,
    );
    const bundles = await bundleFunctions(file, folder);
    const { stdout } = await promisify(execFile)(process.execPath, ['index.mjs'], {
      cwd: bundles.compute,
      env: { PATH: process.env['PATH'], AWS_REGION: 'eu-west-1', TABLE_NAME: 'table' },
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('dynamodb-fips.eu-west-1.api.aws AwsJson1_0Protocol BackupInUseException');
  });

  test('contain the code that fetches secrets in reader and writer, and only for a pipeline with secrets', async () => {
    const without = await bundleFunctions(tally, await temporaryFolder());
    const bundles = await bundleFunctions(tally, await temporaryFolder(), {}, ['DB_PASSWORD']);
    for (const name of FUNCTION_NAMES) {
      expect((await textsOf(without[name])).join('')).not.toContain('GetSecretValue');
      expect((await textsOf(bundles[name])).join('').includes('GetSecretValue')).toBe(name !== 'compute');
    }
  });

  test('of the writer hold no client until one is needed', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    const folder = bundles.writer;
    const atStart = await readFile(join(folder, 'index.mjs'), 'utf8');
    const imported = [...atStart.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, name = '']) => name);
    const texts = await Promise.all(imported.map((name) => readFile(join(folder, name), 'utf8')));
    for (const text of [atStart, ...texts]) expect(text).not.toContain('AWS4-HMAC-SHA256');
    expect((await textsOf(folder)).join('')).toContain('AWS4-HMAC-SHA256');
  });

  test.each(FUNCTION_NAMES)('%s loads from its folder alone and gives a handler', async (name) => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    const variables = Object.values(ENV).map((variable) => [variable, 'http://127.0.0.1:1/name']);
    const script = `console.log(JSON.stringify(Object.entries(await import('./index.mjs')).map(([k, v]) => [k, typeof v])))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: bundles[name],
      env: Object.fromEntries([...variables, ['AWS_REGION', 'eu-west-1']]),
    });
    expect(JSON.parse(stdout)).toEqual([['handler', 'function']]);
  });

  test('keep the names of classes and functions, which errors tell', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'named.ts');
    await writeFile(
      file,
      `import tally from ${JSON.stringify(tally)};
       import { kindOf } from ${JSON.stringify(join(PROJECT, 'functions', 'kind-of.ts'))};
       class InvoiceTotal {}
       function takeTotal() {}
       process.stdout.write(kindOf(new InvoiceTotal()) + ', ' + takeTotal.name);
       export default { ...tally, name: 'named' };`,
    );
    const bundles = await bundleFunctions(file, folder);
    const { stdout } = await promisify(execFile)(process.execPath, ['index.mjs'], {
      cwd: bundles.writer,
      env: { PATH: process.env['PATH'], AWS_REGION: 'eu-west-1', TABLE_NAME: 'table' },
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('an InvoiceTotal, takeTotal');
  });

  test('that cannot be made fail with the pipeline file and the mistake in it', async () => {
    const folder = await temporaryFolder();
    const broken = join(folder, 'broken.ts');
    await writeFile(broken, "import { missing } from './nowhere.ts';\nexport default missing;\n");
    await expect(bundleFunctions(broken, folder)).rejects.toThrow(
      /pipeline file .*broken\.ts cannot be bundled:\n[\s\S]*nowhere\.ts/,
    );
    await expect(bundleFunctions(join(folder, 'absent.ts'), folder)).rejects.toThrow(
      /absent\.ts cannot be bundled/,
    );
  });
});

async function textsOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

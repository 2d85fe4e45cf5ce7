import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../functions/env.ts';
import { bundleFunctions, FUNCTION_NAMES, PROJECT } from '../../infra/bundle.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tally = join(import.meta.dirname, 'tally.ts');

describe('bundles', () => {
  test('are a handler and its source map for each function, and nothing else that would be deployed', async () => {
    const folder = await temporaryFolder();
    const bundles = await bundleFunctions(tally, folder);
    expect((await readdir(folder)).sort()).toEqual([...FUNCTION_NAMES].sort());
    for (const name of FUNCTION_NAMES) {
      expect((await readdir(bundles[name])).sort()).toEqual(['index.mjs', 'index.mjs.map']);
    }
  });

  test('are the same bytes at every run and at every place', async () => {
    const [first, second] = await Promise.all([temporaryFolder(), temporaryFolder()]);
    await bundleFunctions(tally, first);
    await bundleFunctions(tally, second);
    for (const name of FUNCTION_NAMES) {
      for (const file of ['index.mjs', 'index.mjs.map']) {
        const [a, b] = await Promise.all([first, second].map((folder) => readFile(join(folder, name, file))));
        expect(a?.equals(b ?? Buffer.of()), `${name}/${file}`).toBe(true);
      }
    }
  });

  test('hold no path of this machine', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    for (const name of FUNCTION_NAMES) {
      for (const file of ['index.mjs', 'index.mjs.map']) {
        expect(await readFile(join(bundles[name], file), 'utf8')).not.toContain(PROJECT);
      }
    }
  });

  test('leave out the credential providers that Lambda never needs', async () => {
    const bundles = await bundleFunctions(tally, await temporaryFolder());
    for (const name of FUNCTION_NAMES) {
      const text = await readFile(join(bundles[name], 'index.mjs'), 'utf8');
      expect(text).toContain('import("@aws-sdk/credential-provider-sso")');
    }
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

  test('that cannot be made name the pipeline file and what is wrong in it', async () => {
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

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findBinary, startDynoxide } from '../../bench/systems/dynoxide.ts';

test('the engine starts empty, and its folder goes with it', async () => {
  const dynamo = await startDynoxide();
  expect(await dynamo.call('DynamoDB_20120810.ListTables', {})).toMatchObject({ TableNames: [] });
  expect(existsSync(dirname(dynamo.file))).toBe(true);
  await dynamo.close();
  expect(existsSync(dirname(dynamo.file))).toBe(false);
  await expect(dynamo.call('DynamoDB_20120810.ListTables', {})).rejects.toThrow();
});

test('the engine and its folder go when this process is killed', async () => {
  const code = `
    import { startDynoxide } from ${JSON.stringify(import.meta.resolve('../../bench/systems/dynoxide.ts'))};
    const { file, endpoint } = await startDynoxide();
    console.log(JSON.stringify({ file, endpoint }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data))),
  );
  const { file, endpoint } = Object(JSON.parse(line));
  expect(existsSync(file)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => existsSync(dirname(file))).toBe(false);
  await expect(fetch(endpoint)).rejects.toThrow();
});

test('a platform without a package is named', () => {
  expect(() => findBinary('sunos-sparc')).toThrow(
    'there is no package @dynoxide/sunos-sparc for this platform',
  );
});

/**
 * `node toolchain/on-demand/run.ts COMMAND ...`: runs a command of this folder's tools in the current folder.
 * The tools are a third of the size of a clone's other dependencies, so they are installed when one of them
 * is first used.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const HERE = import.meta.dirname;

if (!isInstalled()) {
  console.error('Installing the tools of toolchain/on-demand, once.');
  run('npm', ['ci', '--prefix', HERE]);
}
const [command = '', ...args] = process.argv.slice(2);
run(command, args);

/** Whether the installation is newer than the lock file. */
function isInstalled(): boolean {
  const made = join(HERE, 'node_modules/.package-lock.json');
  return existsSync(made) && statSync(made).mtimeMs >= statSync(join(HERE, 'package-lock.json')).mtimeMs;
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: [join(HERE, 'node_modules/.bin'), process.env['PATH']].join(delimiter) },
  });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * `node toolchain/on-demand/run.ts COMMAND ...`: a command of the tools in this folder, in the folder that one is in. They
 * take a third of what a clone needs otherwise, so they are installed when the first of them is asked for.
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

/** As the lock file says, and not before it was changed. */
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

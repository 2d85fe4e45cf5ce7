import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../operate/queues.ts';

const WORLD = resolve(import.meta.dirname, '../../../cli/run/lambda-world.ts');

function worldOf(env: Readonly<Record<string, string>>): string {
  const file = join(temporaryFolder(), 'command.mjs');
  writeFileSync(
    file,
    `import { enterLambdaWorld } from ${JSON.stringify(WORLD)};
     enterLambdaWorld();
     console.log(process.execArgv.join(' '), process.env.MALLOC_ARENA_MAX, process.env.TZ);`,
  );
  return execFileSync(process.execPath, [file], { encoding: 'utf8', env: { ...process.env, ...env } }).trim();
}

test('the process of a run keeps its memory small: little garbage, and two arenas for all threads', () => {
  expect(worldOf({ TZ: 'Asia/Tokyo' })).toBe('--max-semi-space-size=2 2 UTC');
});

test('the process of a run keeps the number of arenas that its shell names', () => {
  expect(worldOf({ MALLOC_ARENA_MAX: '8' })).toBe('--max-semi-space-size=2 8 UTC');
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { weir } from './weir.ts';

/** Node then prints on standard error what it does with the folder. */
const TELLS = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };

test('what Node compiled for a command serves the next one, from a folder of Weir’s own', async () => {
  const env = { ...TELLS, NODE_COMPILE_CACHE: undefined };
  const { status, stderr } = await weir(['--version'], { cwd: temporaryFolder(), env });
  expect(status).toBe(0);
  expect(stderr).toContain(join(PROJECT, 'node_modules/.cache/node'));
});

test('a folder that the user has named for what Node compiles is used instead', async () => {
  const cwd = temporaryFolder();
  const env = { ...TELLS, NODE_COMPILE_CACHE: join(cwd, 'named') };
  const { stderr } = await weir(['--version'], { cwd, env });
  expect(stderr).toContain(join(cwd, 'named'));
  expect(stderr).not.toContain(join(PROJECT, 'node_modules/.cache/node'));
});

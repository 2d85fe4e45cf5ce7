/**
 * The time that `npm start` takes from the start of its process to its first read: CDK, bundling, engines and
 * queues.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { PROJECT } from '../infra/bundling/bundle.ts';

const Said = v.object({ firstReadMs: v.number() });

export function measureFirstRead(): number {
  const child = spawnSync(process.execPath, [join(import.meta.dirname, 'first-read-child.ts')], {
    encoding: 'utf8',
    // As cli/weir.mjs sets it.
    env: { ...process.env, NODE_COMPILE_CACHE: join(PROJECT, 'node_modules/.cache/node') },
  });
  if (child.status !== 0) throw new Error(`the run to its first read failed: ${child.stderr}`);
  return v.parse(Said, JSON.parse(child.stdout)).firstReadMs;
}

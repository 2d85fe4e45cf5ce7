/** What runs in a process for reads apart in apart.test.ts: reads that do to their process what their request says. */
import * as v from 'valibot';
import { systemClock } from '../../../functions/aws/clock.ts';
import { definePipeline } from '../../../functions/pipeline.ts';
import { serveReads } from '../../../functions/reader/reading-process.ts';
import { catchStrays } from '../../../functions/reader/strays.ts';

/** Long enough that the reads beside it are under way. */
const SOON_MS = 300;

export const hostile = definePipeline({
  name: 'hostile',
  request: v.string(),
  read: async (request) => {
    await systemClock.sleep(SOON_MS);
    harm(request);
    await systemClock.sleep(SOON_MS);
    return [request];
  },
  initial: () => 0,
  compute: (state) => state,
  limits: { readTimeoutMs: 6_000, memoryMb: 128 },
});

function harm(request: string): void {
  const kept: string[][] = [];
  if (request === 'exits') process.exit(3);
  if (request === 'hangs up') process.disconnect();
  if (request === 'rejects') void Promise.reject(new Error('nobody awaits this'));
  while (request === 'exhausts the memory') kept.push(Array.from({ length: 100_000 }, (_, n) => `${n}`));
  while (request === 'blocks') kept.length = 0;
}

catchStrays(process);
serveReads(hostile, systemClock);

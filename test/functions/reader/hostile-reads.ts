/**
 * The code of a process for separate reads in apart.test.ts: reads that harm their process as their request
 * says.
 */
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import * as v from 'valibot';
import { systemClock } from '../../../functions/aws/clock.ts';
import { definePipeline } from '../../../functions/pipeline.ts';
import { serveReads } from '../../../functions/reader/reading-process.ts';
import { catchStrays } from '../../../functions/reader/strays.ts';
import { fillMemory, newWasmMemory } from '../fill-memory.ts';

/** Long enough that the reads beside it are under way. */
const SOON_MS = 300;

export const hostile = definePipeline({
  name: 'hostile',
  request: v.string(),
  source: { of: (request) => request },
  read: async (request) => {
    await systemClock.sleep(SOON_MS);
    harms[request]?.();
    await systemClock.sleep(SOON_MS);
    return [request];
  },
  initial: () => 0,
  compute: (state) => state,
  limits: { memoryMb: 256 },
});

const harms: Readonly<Record<string, () => unknown>> = {
  exits: () => process.exit(3),
  aborts: () => process.abort(),
  'hangs up': () => process.disconnect(),
  rejects: () => void Promise.reject(new Error('nobody awaits this')),
  'kills itself': () => process.kill(process.pid, 'SIGKILL'),
  'kills its group': () => process.kill(0, 'SIGKILL'),
  'kills its parent': () => process.kill(process.ppid, 'SIGKILL'),
  'exhausts the memory': () => {
    const kept: string[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, n) => `${n}`));
  },
  'holds Buffers': () => fillMemory((bytes) => Buffer.alloc(bytes)),
  'holds memory of WebAssembly': () => fillMemory(newWasmMemory),
  blocks: () => {
    for (;;);
  },
  'blocks in native code': () => pbkdf2Sync('p', 's', 2_000_000_000, 64, 'sha512'),
  'waits for a command': () => execSync('sleep 600'),
};

catchStrays(process);
serveReads(hostile, systemClock);

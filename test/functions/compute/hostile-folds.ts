/**
 * The code that separate folds run in their tests: a pipeline whose readings end or block their process in
 * many ways.
 */
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../functions/aws/clock.ts';
import { serveFold } from '../../../functions/compute/fold-child.ts';
import { defaultLimits } from '../../../functions/limits.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { fillAtOnce, fillMemory, newWasmMemory } from '../fill-memory.ts';

const endlessMicrotasks = (): void => queueMicrotask(endlessMicrotasks);

const endings: Record<string, () => unknown> = {
  loop: () => {
    for (;;);
  },
  microtasks: endlessMicrotasks,
  exit: () => process.exit(3),
  exitLater: () => setTimeout(() => process.exit(3)),
  abort: () => process.abort(),
  signal: () => process.kill(process.pid, 'SIGKILL'),
  signalToAll: () => process.kill(0, 'SIGKILL'),
  signalToParent: () => process.kill(process.ppid, 'SIGTERM'),
  stack: () => endings['stack']?.(),
  memory: () => {
    const held: unknown[] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  buffers: () => fillMemory((bytes) => Buffer.alloc(bytes)),
  oneBuffer: fillAtOnce,
  arrayBuffers: () => fillMemory((bytes) => new Uint8Array(new ArrayBuffer(bytes))),
  sharedBuffers: () => fillMemory((bytes) => new Uint8Array(new SharedArrayBuffer(bytes))),
  webAssembly: () => fillMemory(newWasmMemory),
  hash: () => pbkdf2Sync('p', 's', 2_000_000_000, 64, 'sha512'),
  command: () => execSync('sleep 600'),
};

export const hostile: Pipeline = {
  name: 'hostile',
  request: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  read: async () => [],
  order: { by: 'arrival', key: () => 'k' },
  initial: (key) => {
    endings[key]?.();
    return [];
  },
  compute: (state, reading) => {
    endings[String(reading)]?.();
    return [...(Array.isArray(state) ? state : []), reading];
  },
  state: {
    version: 2,
    migrate: {
      1: (old, key) => {
        endings[key]?.();
        return old;
      },
    },
  },
  requestId: undefined,
  backfill: undefined,
  wake: undefined,
  merge: undefined,
  write: undefined,
  poison: 'quarantine',
  afterForget: 'begin',
  history: 0,
  numbers: 'exact',
  schemaMessages: 'hidden',
  source: undefined,
  limits: { ...defaultLimits, memoryMb: 256, computeTimeoutMs: 4_000 },
};

export const HOSTILE_FOLDS = pathToFileURL(import.meta.filename);

serveFold(hostile, systemClock);

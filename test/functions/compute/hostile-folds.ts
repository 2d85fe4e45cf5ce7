/** What a fold apart runs in the tests of it: a pipeline whose readings end their thread in several ways. */
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../functions/aws/clock.ts';
import { serveFolds } from '../../../functions/compute/fold-apart.ts';
import { defaultLimits } from '../../../functions/limits.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';

const endings: Record<string, () => unknown> = {
  loop: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  memory: () => {
    const held: unknown[] = [];
    for (;;) held.push(new Array(100_000).fill(held.length));
  },
  stack: () => endings['stack']?.(),
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
  requestId: undefined,
  write: undefined,
  poison: 'quarantine',
  numbers: 'exact',
  schemaMessages: 'hidden',
  limits: { ...defaultLimits, memoryMb: 64, computeTimeoutMs: 4_000 },
};

export const HOSTILE_FOLDS = pathToFileURL(import.meta.filename);

serveFolds(hostile, systemClock);

/** The code that a shadow's process runs in its test: another compute that ends or blocks its process. */
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../../functions/aws/clock.ts';
import { serveShadow } from '../../../../functions/compute/shadow/shadow-child.ts';
import type { Pipeline } from '../../../../functions/pipeline.ts';
import { buildPipeline } from '../../../builders.ts';
import { fillMemory } from '../../fill-memory.ts';

export const list: Pipeline = buildPipeline({
  initial: () => [],
  compute: (state, reading) => [...(Array.isArray(state) ? state : []), reading],
});

const endings: Readonly<Record<string, () => void>> = {
  loop: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  memory: () => fillMemory((bytes) => Buffer.alloc(bytes)),
};

const hostile: Pipeline = {
  ...list,
  compute: (state, reading) => {
    endings[String(reading)]?.();
    return [...(Array.isArray(state) ? state : []), reading];
  },
};

export const HOSTILE_SHADOW = pathToFileURL(import.meta.filename);

await serveShadow(list, async () => ({ default: hostile }), systemClock);

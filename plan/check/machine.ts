/** Measures how much of this machine other programs use, from the counters of the system and of this process. */

import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

export interface Usage {
  readonly at: number;
  /** Seconds of processor time: of all processes, and of this process with all its threads. */
  readonly all: number;
  readonly own: number;
}

export const CORES = cpus().length;

export function usage(): Usage {
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const { user, system } = process.cpuUsage();
  return { at: performance.now() / 1000, all: all / 1000, own: (user + system) / 1_000_000 };
}

export interface Meanwhile {
  /** Processor time of this process. */
  readonly ownSeconds: number;
  /** Cores that other programs used on average. The DynamoDB engine is a separate process, but does not count as another. */
  readonly othersCores: number;
}

export function since(before: Usage, engineSeconds: number): Meanwhile {
  const now = usage();
  const ownSeconds = now.own - before.own;
  const others = now.all - before.all - ownSeconds - engineSeconds;
  return { ownSeconds, othersCores: Math.max(0, others / (now.at - before.at)) };
}

/** If other programs use more cores than this, a run measures the machine rather than the pipeline. */
export const QUIET_CORES = 0.2;
const LOOK_MS = 1_500;

/** Waits until other programs use almost no processor time, but at most `timeoutMs`. */
export async function untilQuiet(timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (performance.now() < giveUpAt) {
    const before = usage();
    await wait(LOOK_MS);
    if (since(before, 0).othersCores <= QUIET_CORES / 2) return;
  }
}

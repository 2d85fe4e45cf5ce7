/** How much of this machine other programs take, from the counters of the system and of this process. */
import { cpus } from 'node:os';

export interface Usage {
  readonly at: number;
  /** Seconds of processor time: of everybody, and of this process with all its threads. */
  readonly all: number;
  readonly own: number;
}

export const CORES = cpus().length;

export function usage(): Usage {
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const { user, system } = process.cpuUsage();
  return { at: performance.now() / 1000, all: all / 1000, own: (user + system) / 1_000_000 };
}

/** Cores that others had in work on average, since then. The DynamoDB engine is a process of its own, but no other. */
export function othersSince(before: Usage, engineSeconds: number): number {
  const now = usage();
  const others = now.all - before.all - (now.own - before.own) - engineSeconds;
  return Math.max(0, others / (now.at - before.at));
}

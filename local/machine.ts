/** Whether this machine has idle processor time, measured since the previous call. */
import { cpus } from 'node:os';

/** Share of idle time below which another thread would not help. */
const IDLE_SHARE_MIN = 0.1;

export function watchMachine(): () => boolean {
  let before = processorTimes();
  return () => {
    const now = processorTimes();
    const total = now.total - before.total;
    const idle = now.idle - before.idle;
    before = now;
    // No time has passed, or this system does not report it.
    return total > 0 && idle / total < IDLE_SHARE_MIN;
  };
}

function processorTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

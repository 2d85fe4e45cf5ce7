/**
 * The processor time of this process, its threads, and every process below it (the DynamoDB engine). Without
 * /proc, only this process counts.
 */
import { readdirSync, readFileSync } from 'node:fs';

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + childrenCpuMs(process.pid);
}

function childrenCpuMs(root: number): number {
  const processes = readProcesses();
  const below = new Set([root]);
  let ms = 0;
  for (let found = true; found; ) {
    found = false;
    for (const { pid, parent, cpu } of processes) {
      if (below.has(pid) || !below.has(parent)) continue;
      below.add(pid);
      ms += cpu;
      found = true;
    }
  }
  return ms;
}

/** Ms per tick of Linux's processor time. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK_MS = 10;

function readProcesses(): { pid: number; parent: number; cpu: number }[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(readStat);
  } catch {
    return [];
  }
}

function readStat(name: string): { pid: number; parent: number; cpu: number }[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field, the command, may contain anything; the third begins after its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return [{ pid: Number(name), parent: Number(fields[1]), cpu: ticks * TICK_MS }];
  } catch {
    return []; // It ended in the meantime.
  }
}

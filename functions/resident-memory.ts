/**
 * What a process has of the machine's memory, looked at again and again: in /proc on Linux, which Lambda is; by ps on
 * macOS, which takes longer. Windows has neither: there the limit of the heap is all that holds.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

const EVERY_MS = 5;
const PAGE_BYTES = 4096;
/** Each look of ps is a process of its own. */
const PS_EVERY_MS = 250;

/** `pidOf` answers undefined until the process is known. Returns how to stop looking. */
export function watchResident(
  pidOf: () => number | undefined,
  seen: (bytes: number) => void,
  platform: NodeJS.Platform = process.platform,
): () => void {
  if (platform === 'win32') return () => undefined;
  const look = platform === 'linux' ? lookInProc : lookByPs;
  const timer = setInterval(
    () => {
      const pid = pidOf();
      if (pid !== undefined) look(pid, seen);
    },
    platform === 'linux' ? EVERY_MS : PS_EVERY_MS,
  );
  return () => clearInterval(timer);
}

function lookInProc(pid: number, seen: (bytes: number) => void): void {
  let statm: string;
  try {
    statm = readFileSync(`/proc/${pid}/statm`, 'utf8');
  } catch {
    return; // It has ended.
  }
  seen(Number(statm.split(' ')[1]) * PAGE_BYTES);
}

/** Kilobytes. A process that has ended, or a machine without ps, gives nothing. */
function lookByPs(pid: number, seen: (bytes: number) => void): void {
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, text) => {
    if (error === null) seen(Number(text.trim()) * 1024);
  });
}

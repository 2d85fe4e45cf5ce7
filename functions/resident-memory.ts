/**
 * Polls the resident memory of a process: from /proc on Linux (so on Lambda), with the slower ps on macOS. Windows has
 * neither, so there only the heap limit applies.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

const EVERY_MS = 5;
const PAGE_BYTES = 4096;
/** Longer, because each look starts a ps process. */
const PS_EVERY_MS = 250;

/** `pidOf` returns undefined until the process id is known. Returns a function that stops the polling. */
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
    return; // The process has ended.
  }
  seen(Number(statm.split(' ')[1]) * PAGE_BYTES);
}

/** ps reports kilobytes. If the process has ended or ps is missing, there is no result. */
function lookByPs(pid: number, seen: (bytes: number) => void): void {
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, text) => {
    if (error === null) seen(Number(text.trim()) * 1024);
  });
}

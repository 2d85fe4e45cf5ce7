/**
 * Starts and ends the process of watched-process.ts. On Linux (so on Lambda) and macOS, a shell between the two processes ends
 * everything when the parent is gone. On Windows the process starts without a shell. If its parent is killed, it runs until
 * its work is done.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { INPUT } from './descriptors.ts';

export interface Launched {
  readonly child: ChildProcess;
  readonly input: Writable | undefined;
  /** Undefined if a shell reports it, in the first line of descriptor 4. */
  readonly pid: number | undefined;
  /** Ends the process and all processes that it started. */
  kill(): void;
}

/** `fifth` is file descriptor 5 of the process, `mark` the name of the shell. */
export function launchProcess(
  command: readonly [string, ...string[]],
  mark: string,
  fifth: number | 'ipc',
  platform: NodeJS.Platform = process.platform,
): Launched {
  return platform === 'win32' ? launchAlone(command, fifth) : launchByShell(command, mark, fifth);
}

/**
 * The script ends its whole process group when the parent is gone. It also makes this process the first that the kernel ends
 * if memory runs out. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
const LAUNCH = [
  // A shell gives background processes no standard input, so the input uses another descriptor.
  `exec ${INPUT}<&0`,
  '(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 4>&- 5>&- &',
  // Linux only; elsewhere it fails silently.
  'echo 1000 2>/dev/null >/proc/self/oom_score_adj',
  '"$@" 3<&- &',
  'echo $! >&4',
  'exec 4>&- 5>&-',
  'wait $!',
].join('\n');

function launchByShell(command: readonly string[], mark: string, fifth: number | 'ipc'): Launched {
  const child = spawn('/bin/sh', ['-c', LAUNCH, mark, ...command], {
    detached: true, // A new process group, so that the process ends with all processes that it started.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', fifth],
  });
  return { child, input: child.stdin ?? undefined, pid: undefined, kill: () => killGroup(child.pid) };
}

function launchAlone([program, ...args]: readonly [string, ...string[]], fifth: number | 'ipc'): Launched {
  const child: ChildProcess = spawn(program, args, {
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe', fifth, 'pipe'],
  });
  const input: unknown = Object.values(child.stdio)[INPUT];
  return {
    child,
    input: input instanceof Writable ? input : undefined,
    pid: child.pid,
    kill: () => killTree(child),
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
}

/** https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const tree = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  });
  // If taskkill is missing, at least the process itself ends.
  tree.once('error', () => child.kill('SIGKILL'));
  tree.once('exit', () => child.kill('SIGKILL'));
}

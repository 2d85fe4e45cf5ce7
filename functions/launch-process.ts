/**
 * Starts and ends the process of watched-process.ts on this platform. Lambda, Linux and macOS have a shell between the
 * two, which ends everything when the parent is gone. Windows has none: there the process is started as it is, and one
 * whose parent was killed ends with its own work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';

/** The file descriptor of the process's input. */
export const INPUT = 6;

export interface Launched {
  readonly child: ChildProcess;
  readonly input: Writable | undefined;
  /** Undefined where a shell tells it, in the first line of descriptor 4. */
  readonly pid: number | undefined;
  /** Ends it, with all that it has started. */
  kill(): void;
}

/** `fifth` is its file descriptor 5, `mark` the name of the shell. */
export function launchProcess(
  command: readonly [string, ...string[]],
  mark: string,
  fifth: number | 'ipc',
  platform: NodeJS.Platform = process.platform,
): Launched {
  return platform === 'win32' ? launchAlone(command, fifth) : launchByShell(command, mark, fifth);
}

/**
 * Where the kernel has to end a process for its memory, it is to be this one; and when the parent is gone, everything
 * goes that was started here. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
const LAUNCH = [
  // A shell gives no input to what it starts in the background, so the input comes by another descriptor.
  `exec ${INPUT}<&0`,
  '(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 4>&- 5>&- &',
  // Linux only; elsewhere it fails without a word.
  'echo 1000 2>/dev/null >/proc/self/oom_score_adj',
  '"$@" 3<&- &',
  'echo $! >&4',
  'exec 4>&- 5>&-',
  'wait $!',
].join('\n');

function launchByShell(command: readonly string[], mark: string, fifth: number | 'ipc'): Launched {
  const child = spawn('/bin/sh', ['-c', LAUNCH, mark, ...command], {
    detached: true, // A group of its own, so that it ends with all that it has started.
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
    // All of it has ended already.
  }
}

/** https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const tree = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  });
  // Without the program the process itself ends at least.
  tree.once('error', () => child.kill('SIGKILL'));
  tree.once('exit', () => child.kill('SIGKILL'));
}

/**
 * Reports that this process ended abruptly, by a signal or a crash in native code. The functions of a local
 * run are its threads, so an error that would end one environment on Lambda can end the run. A shell outlives
 * it: the shell is told at each change which functions are running, and sees the end of the pipe. Windows has
 * no such shell and prints nothing.
 */
import { spawn } from 'node:child_process';

export interface LastWords {
  /** A function has begun (1) or ended (-1) an invocation. */
  work(functionName: string, change: 1 | -1): void;
  /** The run ends normally. */
  end(): void;
}

const END = 'end';
const SHELL = `while read -r line; do last=$line; done
[ "$last" = ${END} ] || printf '\\n%s\\n' "$1 At work: \${last:-no function}.
$2" >&2`;
const CAUSE =
  'The process of the local run is gone: a signal, or a crash in native code, ended it from outside of JavaScript.';
const NEXT =
  'Functions are threads of a local run: on Lambda that ends one environment, here the run, with its queues and its table.\n' +
  'Look for process.kill and native add-ons in what the function calls, then run and submit again.';

export function startLastWords(platform: NodeJS.Platform = process.platform): LastWords {
  if (platform === 'win32') return { work: () => {}, end: () => {} };
  const shell = spawn('/bin/sh', ['-c', SHELL, 'weir-run', CAUSE, NEXT], {
    detached: true, // Ctrl-C is for the run only.
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  const working = new Map<string, number>();
  const say = (line: string) => void shell.stdin.write(`${line}\n`);
  const end = () => say(END);
  process.once('exit', end);
  return {
    work(functionName, change) {
      working.set(functionName, (working.get(functionName) ?? 0) + change);
      say([...working].flatMap(([name, count]) => (count > 0 ? [name] : [])).join(', '));
    },
    end() {
      process.off('exit', end);
      shell.stdin.end(`${END}\n`);
    },
  };
}

/**
 * An interruption is Ctrl-C, a closed terminal, or a closed output pipe. The command is asked to stop,
 * finishes what must not be left half-done, and exits with the shell's status for it. A second interruption
 * ends the process at once.
 */
import { endAtOnce } from '../../local/lambda/end-thread.ts';

const controller = new AbortController();
let listening = false;
let status = 0;

/** 128 plus the number of the signal. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

/** From now on an interruption aborts the signal instead of ending the process. */
export function listenForInterruption(): AbortSignal {
  if (!listening) {
    listening = true;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt(name));
  }
  return controller.signal;
}

/** 0 if nothing interrupted the command. */
export function interruptedStatus(): number {
  return status;
}

/** Ctrl-C is the normal way to end this command, so it is not a failure. */
export function interruptionIsTheEnd(): void {
  if (status === STATUS.SIGINT) status = 0;
}

/** The reader of the output has closed it. Further output is dropped. */
export function outputClosed(): void {
  if (status !== STATUS.SIGPIPE) interrupt('SIGPIPE');
}

function interrupt(name: keyof typeof STATUS): void {
  if (!listening || (controller.signal.aborted && name !== 'SIGPIPE')) endAtOnce(STATUS[name]);
  status ||= STATUS[name];
  controller.abort();
}

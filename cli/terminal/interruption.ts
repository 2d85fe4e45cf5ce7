/**
 * Ctrl-C, a terminal that goes away, a reader of our output that has seen enough: the command is asked to stop, ends
 * what must not be left half-done, and says so with the exit status that shells have for it. The second time is final.
 */
const controller = new AbortController();
let listening = false;
let status = 0;

/** 128 and the number of the signal. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

/** From now on an interruption aborts the signal instead of ending the process. */
export function listenForInterruption(): AbortSignal {
  if (!listening) {
    listening = true;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt(name));
  }
  return controller.signal;
}

/** 0 when nothing interrupted the command. */
export function interruptedStatus(): number {
  return status;
}

/** Ctrl-C is the way to end this command: that it came is no failure. */
export function interruptionIsTheEnd(): void {
  if (status === STATUS.SIGINT) status = 0;
}

/** The output has nobody who reads it. What is still printed goes nowhere. */
export function outputClosed(): void {
  if (status !== STATUS.SIGPIPE) interrupt('SIGPIPE');
}

function interrupt(name: keyof typeof STATUS): void {
  if (!listening || (controller.signal.aborted && name !== 'SIGPIPE')) process.exit(STATUS[name]);
  status ||= STATUS[name];
  controller.abort();
}

/**
 * Ctrl-C: the first lets what is in work end and removes everything, the second ends the process at once; the
 * engine and its data go in either case (dynamodb.ts).
 */
export interface Interruption {
  /** Undoes it: Ctrl-C ends the process again as it did before. */
  release(): void;
}

/** Exit status of a process that a signal ended. https://tldp.org/LDP/abs/html/exitcodes.html */
const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

export function stopOnInterrupt(stop: () => Promise<void>): Interruption {
  let stopping = false;
  const interrupt = (signal: 'SIGINT' | 'SIGTERM') => {
    const status = STATUS[signal];
    if (stopping) process.exit(status);
    stopping = true;
    process.exitCode = status;
    stop().then(
      () => process.exit(status),
      (error: unknown) => {
        console.error(error);
        process.exit(status);
      },
    );
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    release() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}

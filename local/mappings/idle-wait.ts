/** Lets a loop sleep until there is work: at least a minimum time, at most a maximum. */
export interface Bell {
  /** Ends the current wait, or else the next one. */
  ring(): void;
  wait(minMs: number, maxMs: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(minMs, maxMs) {
      const start = performance.now();
      if (!rung) await sleep(maxMs);
      rung = false;
      wake = undefined;
      const left = minMs - (performance.now() - start);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    },
  };
}

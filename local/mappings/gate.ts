/** Whether a mapping takes waiting records. */
export interface Gate {
  readonly enabled: boolean;
  enable(wanted: boolean): void;
  /** Resolves while the gate is enabled, and when the stack stops. */
  opened(): Promise<void>;
  /** Aborted when the gate is switched off or the stack stops. For a poll that began while it was enabled. */
  readonly closing: AbortSignal;
}

export function createGate(ending: AbortSignal): Gate {
  let off: PromiseWithResolvers<void> | undefined;
  let closing = new AbortController();
  const end = () => {
    closing.abort();
    off?.resolve();
  };
  ending.addEventListener('abort', end, { once: true });
  return {
    get enabled() {
      return off === undefined;
    },
    get closing() {
      return closing.signal;
    },
    enable(wanted) {
      if (wanted === (off === undefined)) return;
      if (wanted) {
        if (!ending.aborted) closing = new AbortController();
        off?.resolve();
        off = undefined;
      } else {
        off = Promise.withResolvers();
        if (ending.aborted) off.resolve();
        closing.abort();
      }
    },
    async opened() {
      await off?.promise;
    },
  };
}

/**
 * An AbortController for the threads of the simulation, which abort several hundred times in each seed:
 * Node's own creates an event, listener records and a target for each, at the cost of a whole simulated call.
 * This one has only what the product and its pipelines use, with the same order of events.
 */
export function installAbort(): void {
  Object.assign(globalThis, { AbortController: Controller });
}

class Controller {
  readonly signal = new Signal();

  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    this.signal.end(reason);
  }
}

class Signal {
  aborted = false;
  reason: unknown = undefined;
  #listeners: (() => void)[] = [];

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  end(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}

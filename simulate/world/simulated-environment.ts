/**
 * An execution environment as on Lambda: warm between invocations, frozen while none runs, gone after a crash
 * or timeout. Everything that its code waits for passes through `enter`. So promises of a dead environment
 * never continue, those of a frozen one continue at the next invocation, and those of a busy one when its
 * computation ends. Calls that it had already sent still land.
 */
import type { Clock } from '../../functions/ports.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';

/** Where user code computes: an environment or one of its threads. */
export interface Computer {
  readonly build: number;
  /**
   * Keeps the code busy for that time: its clock advances at once, and its calls and awaits happen
   * afterwards.
   */
  spend(ms: number): void;
  kill(reason: string): void;
  /** Uses up the memory; `reading` is the cause. */
  hoard(reading: string): void;
}

export interface Environment extends Computer {
  readonly name: string;
  /** The clock that the functions see; it may be wrong. */
  readonly clock: Clock;
  /** Counted over the environment's life. Facts are recorded under `name/invocation`. */
  readonly invocation: number;
  readonly alive: boolean;
  enter<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when the code is no longer busy; never if the environment is gone by then. */
  idle(): Promise<void>;
  jumpClock(ms: number): void;
  invoke<T>(run: () => Promise<T>, timeoutMs: number): Promise<T>;
}

const NOW = Promise.resolve();

export function createEnvironment(
  name: string,
  build: number,
  world: VirtualClock,
  died: (reason: string) => void,
): Environment {
  const processor = createProcessor(world);
  const { proceed, enter, isFree, spend } = processor;
  let skew = 0;
  let invocation = 0;
  let failInvocation: ((error: Error) => void) | undefined;

  function kill(reason: string): void {
    if (!processor.alive) return;
    processor.end();
    died(reason);
    failInvocation?.(new Error(reason));
  }

  return {
    name,
    build,
    clock: { now: () => processor.now() + skew, sleep: processor.sleep },
    get invocation() {
      return invocation;
    },
    get alive() {
      return processor.alive;
    },
    enter,
    idle: () => (isFree() ? NOW : new Promise((resolve) => proceed(resolve))),
    spend,
    jumpClock(ms) {
      skew += ms;
    },
    kill,
    hoard: () => kill('no memory left'),
    invoke(run, timeoutMs) {
      invocation += 1;
      processor.thaw();
      return new Promise((resolve, reject) => {
        failInvocation = reject;
        const cancel = world.later(timeoutMs, () => kill('timeout'));
        // Code that continues after the answer is frozen from here on.
        const answered = (settle: () => void) => {
          processor.freeze();
          failInvocation = undefined;
          cancel();
          settle();
        };
        enter(run()).then(
          (value) => answered(() => resolve(value)),
          (error) => answered(() => reject(error)),
        );
      });
    },
  };
}

/**
 * The processor of the code: nothing continues while it is busy or frozen, or after the environment is gone.
 */
function createProcessor(world: VirtualClock) {
  let alive = true;
  let frozen = false;
  let waiting: (() => void)[] = [];
  let busyUntil = 0;

  function proceed(go: () => void): void {
    if (!alive) return;
    const busyMs = busyUntil - world.now();
    if (busyMs > 0) world.later(busyMs, () => proceed(go));
    else if (frozen) waiting.push(go);
    else go();
  }

  function enter<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => proceed(() => resolve(value)),
        (error) => proceed(() => reject(error)),
      );
    });
  }

  return {
    get alive() {
      return alive;
    },
    proceed,
    enter,
    isFree: () => alive && !frozen && busyUntil <= world.now(),
    now: () => Math.max(world.now(), busyUntil),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      signal === undefined
        ? new Promise((resolve) => {
            world.later(ms, () => proceed(resolve));
          })
        : enter(world.sleep(ms, signal)),
    spend(ms: number) {
      busyUntil = Math.max(busyUntil, world.now()) + ms;
    },
    end() {
      alive = false;
      waiting = [];
    },
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
      const thawed = waiting;
      waiting = [];
      for (const go of thawed) go();
    },
  };
}

/**
 * An execution environment as Lambda has them: warm between invocations, frozen while none runs, gone at a crash or
 * timeout. Everything that the code inside waits for comes through `enter`, so a dead environment's promises never
 * go on and a frozen one's go on at the next invocation. What it had put on the wire still lands.
 */
import type { Clock } from '../functions/ports.ts';

export interface Environment {
  readonly name: string;
  readonly build: number;
  /** As the functions see it: it may be wrong, and runs ahead while they compute. */
  readonly clock: Clock;
  /** Counted over the environment's life. Facts are filed under `name/invocation`. */
  readonly invocation: number;
  readonly alive: boolean;
  enter<T>(promise: Promise<T>): Promise<T>;
  /** Lets the code inside be busy for that time: it takes effect on its clock at once, on its calls when made. */
  spend(ms: number): void;
  /** The time spent since the last call, which delays the next one by as much. */
  takeSpent(): number;
  jumpClock(ms: number): void;
  kill(reason: string): void;
  invoke<T>(run: () => Promise<T>, timeoutMs: number): Promise<T>;
}

export class InvocationFailed extends Error {}

export function createEnvironment(
  name: string,
  build: number,
  world: Clock,
  died: (reason: string) => void,
): Environment {
  let alive = true;
  let frozen = false;
  let waiting: (() => void)[] = [];
  let skew = 0;
  let spent = 0;
  let invocation = 0;
  let failInvocation: ((error: Error) => void) | undefined;

  function proceed(go: () => void): void {
    if (!alive) return;
    if (frozen) waiting.push(go);
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

  function takeSpent(): number {
    const ms = spent;
    spent = 0;
    skew -= ms;
    return ms;
  }

  function kill(reason: string): void {
    if (!alive) return;
    alive = false;
    waiting = [];
    died(reason);
    failInvocation?.(new InvocationFailed(reason));
  }

  function thaw(): void {
    frozen = false;
    const now = waiting;
    waiting = [];
    for (const go of now) go();
  }

  return {
    name,
    build,
    clock: {
      now: () => world.now() + skew,
      sleep: (ms, signal) => enter(world.sleep(ms + takeSpent(), signal)),
    },
    get invocation() {
      return invocation;
    },
    get alive() {
      return alive;
    },
    enter,
    spend(ms) {
      spent += ms;
      skew += ms;
    },
    takeSpent,
    jumpClock(ms) {
      skew += ms;
    },
    kill,
    invoke(run, timeoutMs) {
      invocation += 1;
      const own = invocation;
      thaw();
      return new Promise((resolve, reject) => {
        failInvocation = reject;
        void world.sleep(timeoutMs).then(() => {
          if (invocation === own && failInvocation !== undefined) kill('timeout');
        });
        const end = () => {
          // Whatever goes on after the answer stands still from here.
          frozen = true;
          failInvocation = undefined;
        };
        run().then(
          (value) => {
            if (!alive) return;
            end();
            resolve(value);
          },
          (error) => {
            if (!alive) return;
            end();
            reject(error);
          },
        );
      });
    },
  };
}

/** Ends what was started, last first. Like AsyncDisposableStack, which Node 22 does not have. */
export interface Cleanup {
  [Symbol.asyncDispose](): Promise<void>;
  defer(end: () => unknown): void;
  use<T extends AsyncDisposable>(value: T): T;
}

export function createCleanup(): Cleanup {
  const ends: (() => unknown)[] = [];
  return {
    defer(end) {
      ends.push(end);
    },
    use(value) {
      ends.push(() => value[Symbol.asyncDispose]());
      return value;
    },
    /** Ends everything even if one of them fails, then throws the first error. */
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

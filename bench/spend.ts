/** The load of a computation: it uses the processor, or only blocks the thread, like a blocking call. */
export function spend(busyMs: number, blockMs: number): void {
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  for (const end = performance.now() + busyMs; busyMs > 0 && performance.now() < end; );
}

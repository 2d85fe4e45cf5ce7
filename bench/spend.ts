/** What a computation does to its thread: use the processor, or only hold the thread, as a blocking call does. */
export function spend(busyMs: number, blockMs: number): void {
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  for (const end = performance.now() + busyMs; busyMs > 0 && performance.now() < end; );
}

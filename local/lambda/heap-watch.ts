/**
 * A thread that reaches V8's own limit ends the whole process. So that limit is set high, and long
 * invocations are checked now and then: one that uses more than twice its function's memory, including
 * garbage, is stopped, as Lambda would stop it.
 */
import type { Worker } from 'node:worker_threads';
import type { FunctionError } from './function-error.ts';
import { residentBytes } from './resident-memory.ts';

const HEAP_PER_MEMORY = 2;
const HEAP_LEEWAY_MB = 1024;
const CHECK_EVERY_MS = 50;
const CHECK_STEP_BYTES = 16 * 2 ** 20;

/** Heap limit for V8, in MB. */
export function heapMbMax(memoryMb: number): number {
  return memoryMb * HEAP_PER_MEMORY + HEAP_LEEWAY_MB;
}

/** Returns a function that starts the checks and itself returns the function that ends them. */
export function watchHeap(
  worker: Worker,
  memoryMb: number,
  breakDown: (error: FunctionError) => void,
): () => () => void {
  let checkFromBytes = memoryMb * HEAP_PER_MEMORY * 2 ** 20;
  const look = () => {
    // A thread's heap is part of the process's memory: if that has not grown, no heap has become too large.
    const wholeBytes = residentBytes();
    if (wholeBytes < checkFromBytes) return;
    checkFromBytes = wholeBytes + CHECK_STEP_BYTES;
    void checkHeap(worker, memoryMb, breakDown);
  };
  return () => {
    const timer = setInterval(look, CHECK_EVERY_MS);
    return () => clearInterval(timer);
  };
}

async function checkHeap(
  worker: Worker,
  memoryMb: number,
  breakDown: (error: FunctionError) => void,
): Promise<void> {
  // Rejects when the thread has just ended; then there is nothing to check.
  const heap = await worker.getHeapStatistics().catch(() => undefined);
  if (heap === undefined) return;
  const usedMb = (heap.used_heap_size + heap.external_memory) / 2 ** 20;
  if (usedMb > memoryMb * HEAP_PER_MEMORY) {
    const message = `signal: killed: ${Math.round(usedMb)} MB in use, the function has ${memoryMb} MB`;
    breakDown({ type: 'Runtime.OutOfMemory', message });
  }
}

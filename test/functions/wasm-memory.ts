import { runInThisContext } from 'node:vm';

/** Ten megabytes outside of the heap. The types of Node alone do not know WebAssembly. */
export function newWasmMemory(): ArrayBuffer {
  const buffer: unknown = runInThisContext('new WebAssembly.Memory({ initial: 160 }).buffer');
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new Error('no memory of WebAssembly');
}

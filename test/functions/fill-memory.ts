import { runInThisContext } from 'node:vm';

const PIECE_BYTES = 10_000_000;
/** Together several times as much as a process of these tests may have. */
const PIECES = 50;

/**
 * Takes more memory than the process may have, holds it and never returns. It takes no more than that, because on a busy machine
 * the watcher may come seconds later.
 */
export function fillMemory(piece: (bytes: number) => Uint8Array): void {
  hold(Array.from({ length: PIECES }, () => piece(PIECE_BYTES).fill(1)));
}

export function fillAtOnce(): void {
  hold(Buffer.alloc(PIECES * PIECE_BYTES, 1));
}

function hold<Held>(held: Held): Held {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return held;
}

/** Ten megabytes outside of the heap. The types of Node alone do not know WebAssembly. */
export function newWasmMemory(): Uint8Array {
  const buffer: unknown = runInThisContext('new WebAssembly.Memory({ initial: 160 }).buffer');
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new Error('no memory of WebAssembly');
}

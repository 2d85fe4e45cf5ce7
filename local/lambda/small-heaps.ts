/**
 * V8 lets the heap of each thread grow by at least 8 MB before it collects. With ten threads or more, most of the memory of a
 * long run is then garbage. In the memory saver mode the step is 2 MB, and collections take a sixth of the processor time. So the
 * mode begins when the process has grown, and a short run does without it (docs/decisions/0047).
 */
import { setFlagsFromString } from 'node:v8';
import { residentBytes } from './resident-memory.ts';

/** The V8 of older ones has no such mode. */
const NODE_MIN = 24;
/** A run begins with about 100 MB, and 20,000 short requests need less than this. */
const FREE_GROWTH_BYTES = 200 * 2 ** 20;
const LOOK_EVERY_MS = 50;

export interface HeapMachine {
  /** Memory of the whole process. */
  residentBytes(): number;
  setFlags(flags: string): void;
}

const THIS_PROCESS: HeapMachine = {
  residentBytes,
  setFlags(flags) {
    if (Number.parseInt(process.versions.node, 10) >= NODE_MIN) setFlagsFromString(flags);
  },
};

/** For this process and all of its threads, also those that already run. Returns a function that ends the watch. */
export function keepHeapsSmall({ residentBytes: used, setFlags }: HeapMachine = THIS_PROCESS): () => void {
  // Another stack of this process may have begun it.
  setFlags('--no-memory-saver-mode');
  const bound = used() + FREE_GROWTH_BYTES;
  const timer = setInterval(() => {
    if (used() < bound) return;
    clearInterval(timer);
    setFlags('--memory-saver-mode');
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

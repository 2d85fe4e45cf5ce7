/**
 * V8 lets the heap of each thread grow by at least 8 MB before it collects. With ten threads or more, most of the memory of a
 * run is then garbage. In this mode the step is 2 MB (docs/decisions/0047).
 */
import { setFlagsFromString } from 'node:v8';

/** The V8 of older ones has no such mode. */
const NODE_MIN = 24;

/** For this process and all of its threads, also those that already run. */
export function keepHeapsSmall(): void {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MIN) setFlagsFromString('--memory-saver-mode');
}

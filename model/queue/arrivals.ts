/**
 * All messages of a queue in order of age: which expires first, and which are the first 120,000. A FIFO queue looks for free
 * groups only among those, so a large backlog of one group hides every message behind it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
 */
import type { Entry } from './entry.ts';

export interface Arrivals {
  readonly size: number;
  readonly oldest: Entry | undefined;
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** Oldest first. */
  list(): Entry[];
}

/** Calls `entered` for each message that enters the window because an earlier one left. */
export function createArrivals(windowSize: number, entered: (entry: Entry) => void): Arrivals {
  const line = createLine();
  let windowCount = 0;
  let windowEnd: Entry | undefined;

  function admit(entry: Entry): void {
    entry.inWindow = true;
    windowCount += 1;
    windowEnd = entry;
  }

  return {
    get size() {
      return line.size;
    },
    get oldest() {
      return line.oldest;
    },
    add(entry) {
      line.link(entry);
      if (windowCount < windowSize) admit(entry);
    },
    remove(entry) {
      const next = entry === windowEnd ? entry.newer : windowEnd?.newer;
      if (entry === windowEnd) windowEnd = entry.older;
      line.unlink(entry);
      if (!entry.inWindow) return;
      windowCount -= 1;
      if (next === undefined || next.inWindow) return;
      admit(next);
      entered(next);
    },
    list() {
      const entries: Entry[] = [];
      for (let entry = line.oldest; entry !== undefined; entry = entry.newer) entries.push(entry);
      return entries;
    },
  };
}

/** A linked list of entries in order of age. */
function createLine() {
  let size = 0;
  let oldest: Entry | undefined;
  let newest: Entry | undefined;
  return {
    get size() {
      return size;
    },
    get oldest() {
      return oldest;
    },
    link(entry: Entry): void {
      // Only a dead-letter queue of a standard queue gets messages with earlier times. They are few and nearly sorted.
      let older = newest;
      while (older !== undefined && older.sentAt > entry.sentAt) older = older.older;
      entry.older = older;
      entry.newer = older === undefined ? oldest : older.newer;
      if (entry.newer === undefined) newest = entry;
      else entry.newer.older = entry;
      if (older === undefined) oldest = entry;
      else older.newer = entry;
      size += 1;
    },
    unlink(entry: Entry): void {
      if (entry.older === undefined) oldest = entry.newer;
      else entry.older.newer = entry.newer;
      if (entry.newer === undefined) newest = entry.older;
      else entry.newer.older = entry.older;
      entry.older = undefined;
      entry.newer = undefined;
      size -= 1;
    },
  };
}

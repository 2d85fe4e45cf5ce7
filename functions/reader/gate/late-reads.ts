/** The running reads of an environment, and which of them take too long. Such a read tells of an overload before it comes back. */
import type { Report } from './shared-source.ts';

export interface LateReads {
  /** Returns the function to call when the read has ended. */
  begin(start: number): () => void;
  /** Epoch ms at which the next running read is late; Infinity if none will be. */
  nextAt(lateAt: LateAt): number;
  /** The running reads that are late, each only once. */
  take(lateAt: LateAt, now: number): Pick<Report, 'late' | 'lateMs'>;
}

/** Epoch ms at which a read that began at `start` is late. */
type LateAt = (start: number) => number;

export function createLateReads(): LateReads {
  /** Reads that were not late yet, oldest first. */
  const reads = new Set<{ readonly start: number }>();
  return {
    begin(start) {
      const read = { start };
      reads.add(read);
      return () => reads.delete(read);
    },
    nextAt(lateAt) {
      const [oldest] = reads;
      return oldest === undefined ? Number.POSITIVE_INFINITY : lateAt(oldest.start);
    },
    take(lateAt, now) {
      let late = 0;
      let lateMs = 0;
      for (const read of reads) {
        if (lateAt(read.start) > now) break;
        reads.delete(read);
        late += 1;
        lateMs += now - read.start;
      }
      return { late, lateMs };
    },
  };
}

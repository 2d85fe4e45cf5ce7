/**
 * The deduplication ids that a FIFO queue remembers for five minutes after it accepted a message, even if the message was
 * deleted. A duplicate does not extend the time.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';

interface Accepted {
  readonly messageId: string;
  readonly sequenceNumber?: string;
}

export interface Deduplication {
  find(id: string, now: number): Accepted | undefined;
  remember(id: string, now: number, accepted: Accepted): void;
}

/** A shorter log is not worth compacting. */
const COMPACTION_MIN = 1024;

export function createDeduplication(): Deduplication {
  const accepted = new Map<string, Accepted>();
  // In order of time, so that expired ids are found without a search. Entries before `first` are removed already.
  let log: { readonly id: string; readonly until: number }[] = [];
  let first = 0;

  function forget(now: number): void {
    for (let next = log[first]; next !== undefined && next.until <= now; next = log[first]) {
      accepted.delete(next.id);
      first += 1;
    }
    if (first > COMPACTION_MIN && first * 2 > log.length) {
      log = log.slice(first);
      first = 0;
    }
  }

  return {
    find(id, now) {
      forget(now);
      return accepted.get(id);
    },
    remember(id, now, message) {
      accepted.set(id, message);
      log.push({ id, until: now + DEDUPLICATION_WINDOW_MS });
    },
  };
}

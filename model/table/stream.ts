/**
 * The stream of a table: one record per item that a write changed, in order, in one shard. Sequence numbers grow. Records
 * that all readers have passed may be removed.
 */

import { sizeOfItem } from './attribute.ts';
import type { Item } from './item.ts';
import type { Change } from './table.ts';

export interface StreamRecord {
  /** 1, 2, 3 ... */
  readonly number: number;
  readonly change: Change;
  readonly atSeconds: number;
  readonly bytes: number;
}

export interface TableStream {
  append(change: Change): void;
  /** At most `limit` records, from number `from` on. */
  read(from: number, limit: number): readonly StreamRecord[];
  /** The number of the next record. */
  readonly next: number;
  /** Removes the records before this number. */
  trim(number: number): void;
}

export function createStream(nowMs: () => number): TableStream {
  let records: StreamRecord[] = [];
  let next = 1;
  const oldest = () => next - records.length;
  return {
    append(change) {
      const bytes = sizeOfItem(change.before ?? NOTHING) + sizeOfItem(change.after ?? NOTHING);
      records.push({ number: next, change, atSeconds: Math.floor(nowMs() / 1000), bytes });
      next += 1;
    },
    read(from, limit) {
      const start = Math.max(0, from - oldest());
      return records.slice(start, start + limit);
    },
    get next() {
      return next;
    },
    trim(number) {
      const gone = Math.max(0, number - oldest());
      if (gone > 0) records = records.slice(gone);
    },
  };
}

const NOTHING: Item = {};

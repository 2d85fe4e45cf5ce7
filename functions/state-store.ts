/** The port of the store of keys, and what it takes and gives. The invariant of its commits is in state.ts. */
import type { KeyItem } from './state.ts';

export interface StateStore {
  /** Strongly consistent. */
  load(key: string): Promise<KeyItem | undefined>;
  commit(commit: Commit): Promise<CommitResult>;
  /** Newest first. Strongly consistent. */
  pages(key: string, lineage: string, range: PageRange): Promise<ReceiptsPage[]>;
  /** Parked messages from place `from` on, in order. Strongly consistent. */
  parked(key: string, lineage: string, from: string, limit: number): Promise<ParkedMessage[]>;
  /** The first copies of the key's dead readings, and whether these are all. Strongly consistent. */
  deadCopies(key: string, limit: number): Promise<DeadCopies>;
  /** Sets aside a message that belongs to no key, because Weir did not write it. */
  bury(dead: DeadReading): Promise<void>;
}

export interface Commit {
  /** The item that `next` was made from; undefined if the key has none yet. */
  readonly base: KeyItem | undefined;
  readonly next: KeyItem;
  /**
   * The receipts that moved out of `next`, written before it. If the page exists with other receipts, the item was restored to
   * an earlier version; the commit then throws a GiveBackError.
   */
  readonly page?: ReceiptsPage;
  /**
   * These change in one transaction with the item, all or none. `unpark` are places. Parking at a place that is taken is a
   * conflict.
   */
  readonly dead: readonly DeadReading[];
  readonly park: readonly ParkedMessage[];
  readonly unpark: readonly string[];
  /** Ids of dead readings whose copies the commit deletes. */
  readonly undead?: readonly string[];
}

export type CommitResult =
  | { readonly outcome: 'committed' }
  /** Another write came first, perhaps an earlier attempt at this one. Continue from the current item. */
  | { readonly outcome: 'conflict'; readonly current: KeyItem | undefined };

/**
 * Receipts that were moved out of the item. A page is written once and never changed, so page n of a lineage is always the
 * same.
 */
export interface ReceiptsPage {
  readonly key: string;
  readonly lineage: string;
  /** 1, 2, 3 ... */
  readonly page: number;
  /** No message with a receipt in this page was sent after this time (epoch ms, SQS's clock). */
  readonly sentAt: number;
  /** `sentAt` of the page before, 0 for the first; undefined in pages of older builds. */
  readonly before: number | undefined;
  readonly receipts: readonly string[];
}

/** Pages above `after`, up to `upTo`, back to the newest page that holds no message sent since `since` (epoch ms). */
export interface PageRange {
  readonly after: number;
  /** The item's number of pages. Higher pages were written before the item was restored to an earlier version. */
  readonly upTo: number;
  readonly since: number;
}

/** A reading or message that could not be applied, on its way to the readings' dead-letter queue. */
export interface DeadReading {
  readonly key: string;
  /** Unique within the key and the same on every attempt, so a repeated write changes nothing. */
  readonly id: string;
  readonly body: string;
  readonly group: string;
  readonly reason: string;
  readonly stage: 'compute' | 'decode';
  /** The receive count of its message. */
  readonly attempts: number;
  /** When its message was sent: epoch ms, SQS's clock. */
  readonly sentAt: number;
}

/** A message that is parked for its key until its turn comes, or until the key is resumed. */
export interface ParkedMessage {
  /** Places of a key sort as text in the order in which their messages are to be applied. */
  readonly place: string;
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly attempts: number;
}

/** Copies of dead readings in the table. The dead-letter queue has its own. */
export interface DeadCopies {
  readonly copies: readonly Pick<DeadReading, 'id' | 'body'>[];
  readonly complete: boolean;
}

/** The reason for giving back a commit whose page is in the table with other receipts. */
export function pageIsTaken(page: number): string {
  return (
    `page ${page} of the receipts of this key is in the table already, with other receipts: its item is older than its ` +
    'pages. See "An item and its pages do not fit" in docs/runbook.md'
  );
}

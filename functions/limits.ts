/**
 * Every bound of a pipeline, in one place. A pipeline's file may change the first group; the rest are AWS's
 * limits or follow from them. Infrastructure derives its timeouts and retentions from these (infra/settings/settings.ts).
 */
export interface Limits {
  /** A read is aborted after this. The reader's function timeout is twice this plus a margin: see readsPerInvocation. */
  readonly readTimeoutMs: number;
  /** Reads at once in one invocation. With 10 or fewer, an invocation reads its batch and pulls no further requests. */
  readonly readsPerInvocation: number;
  /**
   * A request goes to the dead-letter queue after this many failed attempts. 14 attempts and the waits between them take
   * at least 77 minutes, so a source may be down for an hour without a dead letter.
   */
  readonly readAttempts: number;
  /** Readers at once: the maximum concurrency of the reader's event source mapping, 2 to 1000. */
  readonly readersMax: number;
  /** Computes at once over all keys: maximum concurrency of the compute mapping, 2 to 1000. */
  readonly computesMax: number;
  /** How long a reading waits for others to share a SendMessageBatch call with. 0 = not at all. */
  readonly lingerMs: number;
  /** A fold that has computed this long commits what it has before it takes the next reading. */
  readonly commitAfterMs: number;
  /**
   * Timeout of the compute function. When a reading is tried again and its compute takes more than two thirds of this,
   * Weir may take it for endless and set the reading aside.
   */
  readonly computeTimeoutMs: number;
  /**
   * How long a request id may be used again without a second effect. The time counts from when SQS took the first request
   * to when SQS took the other one (their SentTimestamp), however long either waits afterwards. At most 14 days: receipts
   * last 70, and each request may wait 14 in two queues and in their dead-letter queues. A longer time makes an environment
   * keep more receipts in memory, for keys whose requests have ids of their own.
   */
  readonly resubmitWithinMs: number;
  /** The longest chain of requests that submit each other. */
  readonly submitHopsMax: number;
  /** The most requests that may follow from one that a sender sent: those that its read submits, those that they submit, and so on. */
  readonly submitsPerRequestMax: number;
  /** A write is aborted after this. The writer's function timeout is this plus a margin. */
  readonly writeTimeoutMs: number;
  /** How much committed state an environment keeps in memory, so that it need not read a key again. */
  readonly cacheBytesMax: number;
  /**
   * Memory of each function in MB. When a reading is tried again and its compute makes the process larger than half of
   * this (at least 96 MB), Weir may set it aside; a read, when it makes its process larger than six tenths.
   */
  readonly memoryMb: number;
}

export const defaultLimits: Limits = {
  readTimeoutMs: 25_000,
  readsPerInvocation: 50,
  readAttempts: 14,
  readersMax: 50,
  computesMax: 50,
  lingerMs: 10,
  commitAfterMs: 100,
  computeTimeoutMs: 30_000,
  resubmitWithinMs: 14 * 24 * 3_600_000,
  submitHopsMax: 8,
  submitsPerRequestMax: 10_000,
  writeTimeoutMs: 25_000,
  cacheBytesMax: 32 * 1024 * 1024,
  memoryMb: 256,
};

/** What a function keeps back of its timeout to answer, after its user code was stopped. */
export const TIMEOUT_MARGIN_MS = 5_000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const SQS_BATCH_ENTRIES_MAX = 10;
export const SQS_BATCH_BYTES_MAX = 1_048_576;
/** Messages of one id within this time are dropped by SQS FIFO; later ones are new messages to it. */
export const DEDUPLICATION_WINDOW_MS = 5 * 60_000;

/**
 * A message of readings is at most this large, not SQS's 1 MiB: whatever a message carries must also fit an item
 * of the table when it is set aside, and ten messages must fit Lambda's 6 MB event (docs/decisions/0004).
 */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** From here on a message's readings are compressed, if that makes it smaller (docs/decisions/0033). */
export const COMPRESSED_FROM_BYTES = 6 * 1024;
/** DynamoDB's item limit is 400 KB; the rest is for receipts, names and one commit's outputs. */
export const STATE_BYTES_MAX = 300 * 1024;
export const OUTPUTS_BYTES_MAX = 64 * 1024;
/** Keys are the table's partition key (2,048 bytes at most) and part of every output's id. */
export const KEY_BYTES_MAX = 1024;
export const READINGS_PER_REQUEST_MAX = 100_000;
/** A request that was received more often than this is read in another process, which it may end (reader/apart.ts). */
export const READS_TOGETHER = 3;
/** Text of an error as it goes into dead letters and logs. */
export const REASON_LENGTH_MAX = 500;

/**
 * Receipts leave the state item for an immutable page in lots of at least this many: at most 0.02 writes a message. Two
 * builds that roll at different numbers would write different pages, and a page that is there is not overwritten.
 */
export const RECEIPTS_PER_PAGE = 50;
/** A commit changes at most this many other items of its key: a transaction has 100 items and 4 MB at the most. */
export const SET_ASIDE_PER_COMMIT_MAX = 10;
/** Parked messages that one fold takes up. */
export const UNPARKED_PER_COMMIT_MAX = 25;
/** What one commit of a forget takes along: of messages that are parked, and of copies of dead letters. */
export const DROPPED_PER_COMMIT_MAX = 25;
/** Words of an operator that an item remembers, the newest. */
export const HISTORY_MAX = 10;
/** Tags under which a key may wait for a wake at the same time, and how long a tag is: all of them are in the item. */
export const WAKES_PER_KEY_MAX = 16;
export const WAKE_TAG_LENGTH_MAX = 100;
/** A wake whose message is this late is asked for again by the next reading of its key: its schedule is held for lost. */
export const WAKE_OVERDUE_MS = 3_600_000;
/**
 * What an invocation gives the shadow of its pipeline at the most, and never more than a quarter of the time that is left; and
 * how much of its commits it keeps for that, as text.
 */
export const SHADOW_MS_MAX = 5_000;
export const SHADOW_BYTES_MAX = 2 * 1024 * 1024;
/** Conflicting writers of one key: tries before the messages go back to the queue. */
export const COMMIT_TRIES_MAX = 5;

/** Every queue and dead-letter queue keeps messages this long, SQS's most. */
export const RETENTION_DAYS = 14;
/**
 * How long a receipt is kept: the longest time after which SQS can still hold a repeat. A request may wait its
 * retention out in the requests queue, again in its dead-letter queue, its reading in the readings queue and
 * again in that one's dead-letter queue; a fifth time for the margin.
 */
export const RECEIPT_REACH_DAYS = 5 * RETENTION_DAYS;

/**
 * Every limit of a pipeline, in one place. A pipeline's file may change the first group; the rest are AWS's limits or
 * follow from them. The infrastructure derives its timeouts and retentions from these (infra/settings/settings.ts).
 */
export interface Limits {
  /**
   * A read is aborted after this time. The reader's function timeout is twice this time plus a margin: see
   * readsPerInvocation.
   */
  readonly readTimeoutMs: number;
  /** Reads at once in one invocation. With 10 or fewer, an invocation reads its batch and pulls no further requests. */
  readonly readsPerInvocation: number;
  /**
   * A request goes to the dead-letter queue after this many failed attempts. 14 attempts and the waits between them take at
   * least 77 minutes, so a source can be down for an hour without a dead letter.
   */
  readonly readAttempts: number;
  /** Readers at once: the maximum concurrency of the reader's event source mapping, 2 to 1000. */
  readonly readersMax: number;
  /** Compute invocations at once, for all keys: the maximum concurrency of compute's event source mapping, 2 to 1000. */
  readonly computesMax: number;
  /** How long a reading waits for others, to share a SendMessageBatch call. 0: not at all. */
  readonly lingerMs: number;
  /** A fold that has computed for this time commits before it takes the next reading. */
  readonly commitAfterMs: number;
  /**
   * Timeout of the compute function. If a reading is tried again and its compute takes more than two thirds of this, Weir
   * may consider it endless and set the reading aside.
   */
  readonly computeTimeoutMs: number;
  /**
   * How long a request id may be used again without a second effect. The time runs from the SentTimestamp of the first request
   * to that of the other one. Later waiting does not count. At most 14 days: receipts last 70 days, and a request may wait 14
   * days in each of two queues and their dead-letter queues. A longer time makes an environment keep more receipts in memory,
   * for keys whose requests have ids from their submitter.
   */
  readonly resubmitWithinMs: number;
  /** The longest chain of requests that submit each other. */
  readonly submitHopsMax: number;
  /** How many requests may follow from one request of a sender: those that it submits, those that they submit, and so on. */
  readonly submitsPerRequestMax: number;
  /** A write is aborted after this time. The writer's function timeout is this time plus a margin. */
  readonly writeTimeoutMs: number;
  /** Bytes of committed state that an environment keeps in memory, so that it need not read a key again. */
  readonly cacheBytesMax: number;
  /**
   * Memory of each function in MB. If a reading is tried again and its compute makes the process larger than half of this
   * (at least 96 MB), Weir may set it aside. For a read, the limit is six tenths.
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

/** The part of its timeout that a function reserves, to answer after its user code was stopped. */
export const TIMEOUT_MARGIN_MS = 5_000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const SQS_BATCH_ENTRIES_MAX = 10;
export const SQS_BATCH_BYTES_MAX = 1_048_576;
/** Within this time SQS FIFO drops a message with the same deduplication id. A later one is a new message. */
export const DEDUPLICATION_WINDOW_MS = 5 * 60_000;

/**
 * The largest message of readings. It is below SQS's 1 MiB, because a message that is set aside must fit an item of the table,
 * and ten messages must fit Lambda's 6 MB event (docs/decisions/0004).
 */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** Readings from this size on are compressed, if that makes their message smaller (docs/decisions/0033). */
export const COMPRESSED_FROM_BYTES = 6 * 1024;
/** DynamoDB's item limit is 400 KB; the rest is for receipts, names and one commit's outputs. */
export const STATE_BYTES_MAX = 300 * 1024;
export const OUTPUTS_BYTES_MAX = 64 * 1024;
/** Keys are the table's partition key (2,048 bytes at most) and part of every output's id. */
export const KEY_BYTES_MAX = 1024;
export const READINGS_PER_REQUEST_MAX = 100_000;
/** A request that was received more often than this is read in a separate process (reader/apart.ts). */
export const READS_TOGETHER = 3;
/** The most characters of an error's text in dead letters and logs. */
export const REASON_LENGTH_MAX = 500;

/**
 * Receipts move from the state item into an immutable page, at least this many at a time: at most 0.02 writes a message.
 * Builds with different numbers would write different pages, and an existing page is not overwritten.
 */
export const RECEIPTS_PER_PAGE = 50;
/** A commit changes at most this many other items of its key: a transaction has at most 100 items and 4 MB. */
export const SET_ASIDE_PER_COMMIT_MAX = 10;
/** Parked messages that one fold takes up. */
export const UNPARKED_PER_COMMIT_MAX = 25;
/** How many parked messages, and how many copies of dead letters, one commit of a forget removes. */
export const DROPPED_PER_COMMIT_MAX = 25;
/** How many of the operator's newest commands an item keeps. */
export const HISTORY_MAX = 10;
/** The most wakes of a key at a time, and the most characters of a tag. The item holds all of them. */
export const WAKES_PER_KEY_MAX = 16;
export const WAKE_TAG_LENGTH_MAX = 100;
/** If a wake's message is this late, its schedule counts as lost, and the next reading of the key asks for it again. */
export const WAKE_OVERDUE_MS = 3_600_000;
/**
 * The longest time that an invocation gives the shadow, which also gets at most a quarter of the time that is left; and how
 * much text of its commits the invocation keeps for the comparison.
 */
export const SHADOW_MS_MAX = 5_000;
export const SHADOW_BYTES_MAX = 2 * 1024 * 1024;
/** How many commits of a key may conflict in a row before its messages go back to the queue. */
export const COMMIT_TRIES_MAX = 5;

/** How long every queue and dead-letter queue keeps messages: the maximum of SQS. */
export const RETENTION_DAYS = 14;
/**
 * How long a receipt is kept: as long as SQS can still hold a repeat. A request may wait for the whole retention in the
 * requests queue and again in its dead-letter queue, then its reading in the readings queue and again in that one's
 * dead-letter queue. The fifth retention is for limits.resubmitWithinMs.
 */
export const RECEIPT_REACH_DAYS = 5 * RETENTION_DAYS;

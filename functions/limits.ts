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
   * A request goes to the dead-letter queue after this many failed attempts. 14 attempts and the waits between them take
   * at least 77 minutes, so a source may be down for an hour without a dead letter.
   */
  readonly readAttempts: number;
  /** Readers at once: the maximum concurrency of the reader's event source mapping, 2 to 1000. */
  readonly readersMax: number;
  /** Computes at once over all keys: maximum concurrency of the compute mapping, 2 to 1000. */
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
   * How long a request id may be used again without a second effect. The time runs from the moment at which SQS took the
   * first request to the moment at which it took the other one (their SentTimestamp). Waiting afterwards does not count. At
   * most 14 days: receipts last 70, and each request may wait 14 in two queues and in their dead-letter queues. A longer
   * time makes an environment keep more receipts in memory, for keys whose requests have ids of their own.
   */
  readonly resubmitWithinMs: number;
  /** The longest chain of requests that submit each other. */
  readonly submitHopsMax: number;
  /**
   * How many requests may follow from one request of a sender: those that its read submits, those that they submit, and so
   * on.
   */
  readonly submitsPerRequestMax: number;
  /** A write is aborted after this time. The writer's function timeout is this time plus a margin. */
  readonly writeTimeoutMs: number;
  /** How much committed state an environment keeps in memory, so that it need not read a key again. */
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

/** The time that a function reserves of its timeout, to answer after its user code was stopped. */
export const TIMEOUT_MARGIN_MS = 5_000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const SQS_BATCH_ENTRIES_MAX = 10;
export const SQS_BATCH_BYTES_MAX = 1_048_576;
/** SQS FIFO drops messages with the same id within this time; later ones are new messages. */
export const DEDUPLICATION_WINDOW_MS = 5 * 60_000;

/**
 * The largest message of readings. It is below SQS's 1 MiB, because a message must also fit an item of the table when it is
 * set aside, and ten messages must fit Lambda's 6 MB event (docs/decisions/0004).
 */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** From this size on a message's readings are compressed, if this makes the message smaller (docs/decisions/0033). */
export const COMPRESSED_FROM_BYTES = 6 * 1024;
/** DynamoDB's item limit is 400 KB; the rest is for receipts, names and one commit's outputs. */
export const STATE_BYTES_MAX = 300 * 1024;
export const OUTPUTS_BYTES_MAX = 64 * 1024;
/** Keys are the table's partition key (2,048 bytes at most) and part of every output's id. */
export const KEY_BYTES_MAX = 1024;
export const READINGS_PER_REQUEST_MAX = 100_000;
/** A request that was received more often than this is read in another process (reader/apart.ts). */
export const READS_TOGETHER = 3;
/** The text of an error in dead letters and logs. */
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
/** How many of an operator's commands an item keeps, the newest ones. */
export const HISTORY_MAX = 10;
/** How many tags of wakes a key may have at a time, and the length of a tag: the item holds all of them. */
export const WAKES_PER_KEY_MAX = 16;
export const WAKE_TAG_LENGTH_MAX = 100;
/** If a wake's message is this late, its schedule counts as lost, and the next reading of the key asks for it again. */
export const WAKE_OVERDUE_MS = 3_600_000;
/**
 * What an invocation gives the shadow of its pipeline at the most, and never more than a quarter of the time that is left; and
 * how much of its commits it keeps for that, as text.
 */
export const SHADOW_MS_MAX = 5_000;
export const SHADOW_BYTES_MAX = 2 * 1024 * 1024;
/** How often a commit of a key is tried after conflicts, before the messages go back to the queue. */
export const COMMIT_TRIES_MAX = 5;

/** Every queue and dead-letter queue keeps messages this long, the maximum of SQS. */
export const RETENTION_DAYS = 14;
/**
 * How long a receipt is kept: the longest time for which SQS can still hold a repeat. A request may wait for the whole
 * retention in the requests queue and again in its dead-letter queue, then its reading in the readings queue and again in
 * that dead-letter queue. The fifth retention is a margin.
 */
export const RECEIPT_REACH_DAYS = 5 * RETENTION_DAYS;

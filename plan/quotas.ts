/**
 * AWS limits that a pipeline can reach, and how reliable they are: A = AWS's documentation, B = AWS's guides of 2023, C = third
 * party, D = derived, U = no source found.
 */
export type Confidence = 'A' | 'B' | 'C' | 'D' | 'U';

export interface Quota {
  readonly value: number;
  readonly confidence: Confidence;
  readonly source: string;
}

const SQS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg';
const DYNAMO = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

export const quotas = {
  /** Calls per second of one kind for one message group, each with at most ten messages. */
  fifoGroupCalls: { value: 300, confidence: 'B', source: `${SQS}/partitions-and-data-distribution.html` },
  /** SQS looks for a free message group only in the first messages, up to this number. */
  fifoBacklog: {
    value: 120_000,
    confidence: 'A',
    source: `${SQS}/avoid-backlog-with-the-same-message-group-id.html`,
  },
  inFlight: { value: 120_000, confidence: 'A', source: `${SQS}/quotas-messages.html` },
  /** Concurrency of one mapping. */
  concurrency: { value: 1_000, confidence: 'A', source: `${LAMBDA}/services-sqs-scaling.html` },
  accountConcurrency: { value: 1_000, confidence: 'A', source: `${LAMBDA}/gettingstarted-limits.html` },
  growthPerMinute: { value: 300, confidence: 'A', source: `${LAMBDA}/services-sqs-scaling.html` },
  invocationsPerEnvironment: { value: 10, confidence: 'U', source: `${LAMBDA}/gettingstarted-limits.html` },
  eventBytes: { value: 6 * 1024 ** 2, confidence: 'A', source: `${LAMBDA}/gettingstarted-limits.html` },
  partitionWriteUnits: { value: 1_000, confidence: 'A', source: `${DYNAMO}/warm-throughput-scenarios.html` },
  tableWriteUnits: { value: 40_000, confidence: 'U', source: `${DYNAMO}/ServiceQuotas.html` },
} as const satisfies Record<string, Quota>;

/** Calls per second of one kind, without batching, for a FIFO queue in high throughput mode, by region. */
const FIFO_QUEUE_CALLS: Readonly<Record<string, Quota>> = {
  ...regions(['us-east-1', 'us-west-2', 'eu-west-1'], 70_000, 'A'),
  ...regions(['us-east-2', 'eu-central-1'], 19_000, 'A'),
  ...regions(['ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1'], 9_000, 'U'),
};

export const REGIONS = Object.keys(FIFO_QUEUE_CALLS);

export function fifoQueueCalls(region: string): Quota {
  const quota = FIFO_QUEUE_CALLS[region];
  if (quota === undefined)
    throw new Error(`region ${region}: its FIFO quota is not known here; use one of ${REGIONS.join(', ')}`);
  return quota;
}

function regions(names: readonly string[], value: number, confidence: Confidence): Record<string, Quota> {
  const quota = { value, confidence, source: `${SQS}/quotas-messages.html` };
  return Object.fromEntries(names.map((name) => [name, quota]));
}

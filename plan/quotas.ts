/**
 * AWS's limits that a pipeline can run into, and how sure they are: A = AWS's own text, B = AWS's guides of 2023, C = third party, U = found
 * nowhere, D = derived. "fixed" ones no setting and no request moves; "quota" ones AWS raises when asked.
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
  /** Calls a second of one kind for one message group; each carries ten messages at most. */
  fifoGroupCalls: { value: 300, confidence: 'B', source: `${SQS}/partitions-and-data-distribution.html` },
  /** Only among so many messages SQS looks for a group that is free. */
  fifoBacklog: {
    value: 120_000,
    confidence: 'A',
    source: `${SQS}/avoid-backlog-with-the-same-message-group-id.html`,
  },
  inFlight: { value: 120_000, confidence: 'A', source: `${SQS}/quotas-messages.html` },
  /** Of one mapping. */
  concurrency: { value: 1_000, confidence: 'A', source: `${LAMBDA}/services-sqs-scaling.html` },
  accountConcurrency: { value: 1_000, confidence: 'A', source: `${LAMBDA}/gettingstarted-limits.html` },
  growthPerMinute: { value: 300, confidence: 'A', source: `${LAMBDA}/services-sqs-scaling.html` },
  invocationsPerEnvironment: { value: 10, confidence: 'U', source: `${LAMBDA}/gettingstarted-limits.html` },
  eventBytes: { value: 6 * 1024 ** 2, confidence: 'A', source: `${LAMBDA}/gettingstarted-limits.html` },
  partitionWriteUnits: { value: 1_000, confidence: 'A', source: `${DYNAMO}/warm-throughput-scenarios.html` },
  tableWriteUnits: { value: 40_000, confidence: 'U', source: `${DYNAMO}/ServiceQuotas.html` },
} as const satisfies Record<string, Quota>;

/** Unbatched calls a second of one kind for a FIFO queue in high-throughput mode, by region. */
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

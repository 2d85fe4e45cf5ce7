/**
 * Refuses settings that contradict each other or an AWS limit, at synth, before anything is deployed. CloudFormation would
 * accept most of them, and the pipeline would then lose, repeat or delay work under load.
 *
 * Every problem names both values and the way out. All problems are reported at once.
 */
import { type Limits, RETENTION_DAYS, SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { type ComputeSettings, type Settings, timeoutSecondsFor, visibilitySecondsMin } from './settings.ts';

export function checkSettings(settings: Settings, limits: Limits, what: string): void {
  const problems = [...outOfRange(settings), ...contradictions(settings, limits)];
  if (problems.length > 0) {
    throw new Error(
      `${what} has settings that cannot work:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

type Range = readonly [min: number, max: number];
type Ranges<Group> = { readonly [Name in keyof Group]: Range };

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const maxConcurrency: Range = [2, 1000];

const RETENTION_MINUTES = RETENTION_DAYS * 24 * 60;
const queue: Ranges<Settings['requests']> = {
  visibilityTimeoutSeconds: [0, 12 * 3600],
  // A throttled invocation counts as a receive although no code ran, so a low number would set healthy messages aside.
  maxReceiveCount: [5, 1000],
  retentionDays: [1, RETENTION_DAYS],
  deadLetterRetentionDays: [1, RETENTION_DAYS],
};
const queueFunction: Ranges<Settings['reader']> = {
  timeoutSeconds: [1, 900],
  memoryMb: [128, 10_240],
  batchSize: [1, 10_000],
  batchingWindowSeconds: [0, 300],
  maxConcurrency,
};
const ranges: { readonly [Group in keyof Settings]-?: Ranges<NonNullable<Settings[Group]>> } = {
  requests: queue,
  readings: queue,
  results: queue,
  reader: queueFunction,
  backfill: { maxConcurrency },
  compute: {
    ...queueFunction,
    pollersMin: [0, 200],
    pollersMax: [0, 10_000],
    provisionedConcurrency: [0, 1000],
  },
  writer: {
    timeoutSeconds: [1, 900],
    memoryMb: [128, 10_240],
    batchSize: [1, 10_000],
    parallelizationFactor: [1, 10],
    // Without a limit, one record that keeps failing would stop its shard until the stream deletes it.
    retryAttempts: [0, 10_000],
    recordAgeMaxHours: [1, 23],
  },
  logs: { retentionDays: [1, 3653], tracedPercent: [0, 100] },
  undelivered: { retentionDays: [1, 3653] },
  alarms: {
    requestAgeMinutesMax: [1, RETENTION_MINUTES],
    readingAgeMinutesMax: [1, RETENTION_MINUTES],
    outputAgeMinutesMax: [1, 23 * 60],
    resultAgeHoursMax: [1, RETENTION_DAYS * 24],
    readingsBacklogMax: [100, 100_000],
    backfillAgeHoursMax: [1, RETENTION_DAYS * 24],
    conflictsMax: [1, 1_000_000],
    writeFailuresMax: [1, 1_000_000],
    // A source may close itself for up to a day (functions/reader/gate/refusal.ts).
    sourceClosedMinutesMax: [1, 24 * 60],
    runsPerMessageMax: [2, 1_000],
  },
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function outOfRange(settings: Settings): string[] {
  const values = new Map<string, number>();
  for (const [group, fields] of Object.entries(settings)) {
    for (const [name, value] of Object.entries<number>(fields)) values.set(`${group}.${name}`, value);
  }
  const problems: string[] = [];
  for (const [group, fields] of Object.entries(ranges)) {
    for (const [name, [min, max]] of Object.entries<Range>(fields)) {
      if (group === 'backfill' && settings.backfill === undefined) continue;
      if (group === 'compute' && name === 'maxConcurrency' && settings.compute.pollersMin > 0) continue;
      const value = values.get(`${group}.${name}`);
      if (value === undefined || !Number.isInteger(value) || value < min || value > max) {
        problems.push(`${group}.${name} is ${value}: use a whole number from ${min} to ${max}`);
      }
    }
  }
  return problems;
}

function* contradictions(settings: Settings, limits: Limits): Generator<string> {
  const { requests, reader, compute, writer, logs, alarms } = settings;
  yield* visibilityProblems('requests', 'reader', settings);
  yield* visibilityProblems('readings', 'compute', settings);
  for (const name of ['requests', 'readings', 'results'] as const) {
    const { retentionDays, deadLetterRetentionDays } = settings[name];
    // A message keeps its age when SQS moves it to a standard dead-letter queue.
    if (deadLetterRetentionDays < retentionDays) {
      yield `${name}.deadLetterRetentionDays is ${deadLetterRetentionDays}, shorter than ${name}.retentionDays, ` +
        `${retentionDays}: an old message would be lost on its way; raise the first to ${retentionDays}`;
    }
  }
  yield* pollerProblems(compute);
  yield* timeoutProblems('reader', settings, limits);
  yield* timeoutProblems('compute', settings, limits);
  yield* timeoutProblems('writer', settings, limits);
  if (requests.maxReceiveCount <= limits.readAttempts) {
    yield `requests.maxReceiveCount is ${requests.maxReceiveCount}, not above the pipeline's limit readAttempts, ` +
      `${limits.readAttempts}: SQS would set requests aside before the reader can give the reason; ` +
      `raise the first to ${limits.readAttempts + 1} or more`;
  }
  if (compute.batchSize > SQS_BATCH_ENTRIES_MAX) {
    yield `compute.batchSize is ${compute.batchSize}, but the readings queue is FIFO and Lambda takes at most ` +
      `${SQS_BATCH_ENTRIES_MAX} messages from a FIFO queue: lower it to ${SQS_BATCH_ENTRIES_MAX}`;
  }
  if (compute.batchingWindowSeconds > 0) {
    yield `compute.batchingWindowSeconds is ${compute.batchingWindowSeconds}, but the readings queue is FIFO and ` +
      'Lambda has no batching window for FIFO queues: set it to 0';
  }
  if (reader.batchSize > SQS_BATCH_ENTRIES_MAX && reader.batchingWindowSeconds < 1) {
    yield `reader.batchSize is ${reader.batchSize} and reader.batchingWindowSeconds is ` +
      `${reader.batchingWindowSeconds}: a batch over ${SQS_BATCH_ENTRIES_MAX} needs a window of at least 1 second; ` +
      `lower the first to ${SQS_BATCH_ENTRIES_MAX} or raise the second to 1`;
  }
  if (writer.timeoutSeconds >= writer.recordAgeMaxHours * 3600) {
    yield `writer.timeoutSeconds is ${writer.timeoutSeconds}, but records are given up after ` +
      `writer.recordAgeMaxHours, ${writer.recordAgeMaxHours}: raise the second`;
  }
  if (alarms.outputAgeMinutesMax >= writer.recordAgeMaxHours * 60) {
    yield `alarms.outputAgeMinutesMax is ${alarms.outputAgeMinutesMax}, but records are given up after ` +
      `writer.recordAgeMaxHours, ${writer.recordAgeMaxHours}: the alarm would come too late; lower the first`;
  }
  if (!LOG_RETENTION_DAYS.includes(logs.retentionDays)) {
    yield `logs.retentionDays is ${logs.retentionDays}: CloudWatch takes ${LOG_RETENTION_DAYS.join(', ')}`;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
function* pollerProblems({ maxConcurrency, pollersMin, pollersMax }: ComputeSettings): Generator<string> {
  if (pollersMin === 0) {
    if (pollersMax > 0)
      yield `compute.pollersMax is ${pollersMax} and compute.pollersMin is 0: raise the second to 2`;
    return;
  }
  if (maxConcurrency > 0) {
    yield `compute.maxConcurrency is ${maxConcurrency} and compute.pollersMin is ${pollersMin}: Lambda takes one of ` +
      'them only; remove the first, and bound the runs by compute.pollersMax (10 runs for each poller)';
  }
  if (pollersMin < 2)
    yield `compute.pollersMin is ${pollersMin}: use a whole number from 2 to 200, or 0 for none`;
  if (pollersMax < pollersMin) {
    yield `compute.pollersMax is ${pollersMax}, below compute.pollersMin, ${pollersMin}: raise the first`;
  }
}

function* visibilityProblems(
  queueName: 'requests' | 'readings',
  functionName: 'reader' | 'compute',
  settings: Settings,
): Generator<string> {
  const visibility = settings[queueName].visibilityTimeoutSeconds;
  const { timeoutSeconds } = settings[functionName];
  const min = visibilitySecondsMin(queueName, settings[functionName]);
  if (visibility >= min) return;
  yield `${queueName}.visibilityTimeoutSeconds is ${visibility}, but ${functionName}.timeoutSeconds is ` +
    `${timeoutSeconds}: messages would come back while they are worked on; use ${min} or more, leave the first out to ` +
    `have it derived, or shorten the ${functionName}'s work (${workLimits[functionName]} in the pipeline file)`;
}

const workLimits = {
  reader: 'readTimeoutMs',
  compute: 'computeTimeoutMs',
  writer: 'writeTimeoutMs',
} as const;

function* timeoutProblems(
  functionName: 'reader' | 'compute' | 'writer',
  settings: Settings,
  limits: Limits,
): Generator<string> {
  const { timeoutSeconds } = settings[functionName];
  const limitName = workLimits[functionName];
  const min = timeoutSecondsFor(limits[limitName]);
  if (timeoutSeconds < min) {
    yield `${functionName}.timeoutSeconds is ${timeoutSeconds}, but the pipeline's limit ${limitName} is ` +
      `${limits[limitName]} and needs ${min} with the margin: raise the first or lower the second`;
  }
}

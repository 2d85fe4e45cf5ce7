/**
 * All values of a stack that must agree with each other, derived in one place from the pipeline's limits. An override
 * changes its value and all values that follow from it. infra/settings/check-settings.ts then refuses values that cannot
 * work together.
 *
 * All settings are plain numbers in groups, so that an override is a small piece of JSON:
 * npx cdk synth -c settings='{"reader":{"timeoutSeconds":60}}'
 */
import { isRecord } from '../../functions/json.ts';
import {
  type Limits,
  RETENTION_DAYS,
  SQS_BATCH_ENTRIES_MAX,
  TIMEOUT_MARGIN_MS,
} from '../../functions/limits.ts';

export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly maxReceiveCount: number;
  readonly retentionDays: number;
  readonly deadLetterRetentionDays: number;
}

/** A function that an SQS event source mapping invokes. */
export interface QueueFunctionSettings {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maxConcurrency: number;
}

export interface ComputeSettings extends QueueFunctionSettings {
  /**
   * Pollers that Lambda keeps ready for the readings queue, 2 to 200, each with up to 10 invocations at once. 0 leaves the
   * number of pollers to Lambda. They are billed by the hour and exclude maxConcurrency, which is then 0.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly pollersMin: number;
  /** The most pollers, 2 to 10,000. */
  readonly pollersMax: number;
  /**
   * Environments that Lambda keeps started, so that the first reading after a quiet time does not wait for a start. 0 for none.
   * They are billed by the hour, used or not.
   * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
   */
  readonly provisionedConcurrency: number;
}

/** A function that the event source mapping of the table's stream invokes. */
export interface StreamFunctionSettings {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly batchSize: number;
  readonly parallelizationFactor: number;
  readonly retryAttempts: number;
  readonly recordAgeMaxHours: number;
}

export interface Settings {
  readonly requests: QueueSettings;
  readonly readings: QueueSettings;
  readonly results: QueueSettings;
  readonly reader: QueueFunctionSettings;
  /** The reader's second mapping. Set if the pipeline has a backfill lane. */
  readonly backfill?: { readonly maxConcurrency: number };
  readonly compute: ComputeSettings;
  readonly writer: StreamFunctionSettings;
  readonly logs: {
    readonly retentionDays: number;
    /** The percentage of requests whose path from request to output is logged (docs/decisions/0009). */
    readonly tracedPercent: number;
  };
  readonly undelivered: { readonly retentionDays: number };
  /** Thresholds of the alarms (infra/alarms.ts). */
  readonly alarms: AlarmSettings;
}

export interface AlarmSettings {
  readonly requestAgeMinutesMax: number;
  readonly readingAgeMinutesMax: number;
  readonly outputAgeMinutesMax: number;
  readonly resultAgeHoursMax: number;
  /** Keep this well below 120,000: SQS looks for available message groups only in the first 120,000 messages. */
  readonly readingsBacklogMax: number;
  /** Age of the oldest request of the backfill lane. SQS deletes it after 14 days. */
  readonly backfillAgeHoursMax: number;
  /** Conflicts in five minutes. */
  readonly conflictsMax: number;
  readonly writeFailuresMax: number;
  /** How long a source may be closed. */
  readonly sourceClosedMinutesMax: number;
  /** Invocations of reader and compute per message that they finish. */
  readonly runsPerMessageMax: number;
}

export type SettingsOverride = {
  readonly [Group in keyof Settings]?: Partial<NonNullable<Settings[Group]>>;
};

/**
 * While a function is throttled, Lambda retries a batch within its visibility timeout. AWS recommends six times the function's
 * timeout. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const REQUESTS_VISIBILITY_PER_TIMEOUT = 6;

/**
 * After an invocation without an answer, its messages and all keys of its batch wait for the visibility timeout. So this
 * timeout is near the function's timeout, the minimum that the mapping accepts. The extra seconds cover the time from the
 * receive to the start of the function. If an invocation starts even later, another one may get its messages too. Receipts and
 * the condition of the commit then ensure that each message has one effect (docs/decisions/0016).
 */
const READINGS_VISIBILITY_BEYOND_TIMEOUT_SECONDS = 10;

/**
 * The maximum of SQS: at their visibility timeouts, about 12 hours of attempts for a reading and 90 for a request. Reader
 * and compute themselves set aside requests and readings that are at fault, with the reason. SQS only counts receives: a
 * lower limit would remove a request whose attempts failed because of others, and a reading that only waited for others,
 * for a repair or for a newer build.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
const RECEIVES_MAX = 1000;

/** Leaves time for a read that is pulled when the first one ends, unless Lambda's largest timeout does not allow it. */
function readerTimeoutSeconds(readTimeoutMs: number): number {
  return Math.max(
    timeoutSecondsFor(readTimeoutMs),
    Math.min(timeoutSecondsFor(2 * readTimeoutMs), LAMBDA_TIMEOUT_SECONDS_MAX),
  );
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA_TIMEOUT_SECONDS_MAX = 900;

/** Lambda's own default. */
const POLLERS_MAX_DEFAULT = 200;

const defaultAlarms: AlarmSettings = {
  requestAgeMinutesMax: 15,
  readingAgeMinutesMax: 15,
  outputAgeMinutesMax: 60,
  resultAgeHoursMax: 24,
  readingsBacklogMax: 20_000,
  backfillAgeHoursMax: 7 * 24,
  conflictsMax: 20,
  sourceClosedMinutesMax: 5,
  // Lambda gives up a record after 20 retries. Quick failures exceed this within a minute, timeouts of 25 s within five.
  writeFailuresMax: 10,
  runsPerMessageMax: 3,
};

/** Later overrides win. */
export function deriveSettings(limits: Limits, ...overrides: readonly SettingsOverride[]): Settings {
  const { memoryMb } = limits;
  const queueFunction = { memoryMb, batchSize: SQS_BATCH_ENTRIES_MAX, batchingWindowSeconds: 0 };
  const reader: QueueFunctionSettings = {
    ...queueFunction,
    timeoutSeconds: readerTimeoutSeconds(limits.readTimeoutMs),
    maxConcurrency: limits.readersMax,
    ...overridesOf('reader', overrides),
  };
  const ofCompute = overridesOf('compute', overrides);
  const { pollersMin = 0 } = ofCompute;
  const compute: ComputeSettings = {
    ...queueFunction,
    timeoutSeconds: timeoutSecondsFor(limits.computeTimeoutMs),
    maxConcurrency: pollersMin > 0 ? 0 : limits.computesMax,
    pollersMin,
    pollersMax: pollersMin > 0 ? Math.max(POLLERS_MAX_DEFAULT, pollersMin) : 0,
    provisionedConcurrency: 0,
    ...ofCompute,
  };
  const queue = {
    maxReceiveCount: 10,
    retentionDays: RETENTION_DAYS,
    deadLetterRetentionDays: RETENTION_DAYS,
  };
  return {
    requests: {
      ...queue,
      visibilityTimeoutSeconds: visibilitySecondsMin('requests', reader),
      maxReceiveCount: RECEIVES_MAX,
      ...overridesOf('requests', overrides),
    },
    readings: {
      ...queue,
      visibilityTimeoutSeconds: visibilitySecondsMin('readings', compute),
      maxReceiveCount: RECEIVES_MAX,
      ...overridesOf('readings', overrides),
    },
    // The consumer of the results is not known here, so this is SQS's default visibility timeout.
    results: { ...queue, visibilityTimeoutSeconds: 30, ...overridesOf('results', overrides) },
    reader,
    ...backfillOf(overrides),
    compute,
    writer: {
      memoryMb,
      timeoutSeconds: timeoutSecondsFor(limits.writeTimeoutMs),
      batchSize: 100,
      // Several batches of a shard at once would be faster, but AWS guarantees order only per shard, not per key.
      parallelizationFactor: 1,
      retryAttempts: 20,
      // The stream deletes records after 24 hours. An undelivered record must be in the bucket before that.
      recordAgeMaxHours: 20,
      ...overridesOf('writer', overrides),
    },
    logs: { retentionDays: 30, tracedPercent: 1, ...overridesOf('logs', overrides) },
    undelivered: { retentionDays: 90, ...overridesOf('undelivered', overrides) },
    alarms: { ...defaultAlarms, ...overridesOf('alarms', overrides) },
  };
}

function backfillOf(overrides: readonly SettingsOverride[]): Pick<Settings, 'backfill'> {
  const { maxConcurrency } = overridesOf('backfill', overrides);
  return maxConcurrency === undefined ? {} : { backfill: { maxConcurrency } };
}

export function timeoutSecondsFor(workMs: number): number {
  return Math.ceil((workMs + TIMEOUT_MARGIN_MS) / 1000);
}

export function visibilitySecondsMin(
  queueName: 'requests' | 'readings',
  { timeoutSeconds, batchingWindowSeconds }: QueueFunctionSettings,
): number {
  if (queueName === 'readings') return timeoutSeconds + READINGS_VISIBILITY_BEYOND_TIMEOUT_SECONDS;
  return REQUESTS_VISIBILITY_PER_TIMEOUT * timeoutSeconds + batchingWindowSeconds;
}

function overridesOf<Group extends keyof Settings>(
  group: Group,
  overrides: readonly SettingsOverride[],
): Partial<NonNullable<Settings[Group]>> {
  const merged: Partial<NonNullable<Settings[Group]>> = {};
  for (const override of overrides) Object.assign(merged, override[group]);
  return merged;
}

/** Checks overrides that come as text, because a misspelt name would silently have no effect. */
export function assertSettingsOverride(value: unknown, known: Settings): asserts value is SettingsOverride {
  if (!isRecord(value)) {
    throw new Error(`settings is ${JSON.stringify(value)}, use an object: {"reader":{"timeoutSeconds":60}}`);
  }
  const groups = new Map<string, object>(Object.entries(known));
  for (const [group, fields] of Object.entries(value)) {
    const names = Object.keys(groups.get(group) ?? {});
    if (names.length === 0) {
      throw new Error(
        `settings.${group} is not a group of settings, use one of: ${[...groups.keys()].join(', ')}`,
      );
    }
    if (!isRecord(fields)) throw new Error(`settings.${group} is ${JSON.stringify(fields)}, use an object`);
    for (const [name, field] of Object.entries(fields)) {
      if (!names.includes(name)) {
        throw new Error(`settings.${group}.${name} is not a setting, use one of: ${names.join(', ')}`);
      }
      if (typeof field !== 'number') {
        throw new Error(`settings.${group}.${name} is ${JSON.stringify(field)}, use a number`);
      }
    }
  }
}

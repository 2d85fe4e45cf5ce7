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
   * Pollers that Lambda keeps ready for the readings queue, 2 to 200, each with up to 10 runs at once; 0: none, and the
   * queue is polled as Lambda sees fit. They cost by the hour, and exclude maxConcurrency: it is 0 then.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly pollersMin: number;
  /** The most of them, 2 to 10,000. */
  readonly pollersMax: number;
  /**
   * Environments that Lambda keeps started, so that the first reading after a quiet time finds one ready; 0: none, and the
   * first reading waits for a start. They cost by the hour, used or not.
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
  readonly compute: ComputeSettings;
  readonly writer: StreamFunctionSettings;
  readonly logs: {
    readonly retentionDays: number;
    /** The percentage of requests whose path from request to output is logged (docs/decisions/0009). */
    readonly tracedPercent: number;
  };
  readonly undelivered: { readonly retentionDays: number };
  /** An alarm is raised above these: see infra/alarms.ts. */
  readonly alarms: AlarmSettings;
}

export interface AlarmSettings {
  readonly requestAgeMinutesMax: number;
  readonly readingAgeMinutesMax: number;
  readonly outputAgeMinutesMax: number;
  readonly resultAgeHoursMax: number;
  /** Well below 120,000: from there on SQS looks no further for keys that could go on. */
  readonly readingsBacklogMax: number;
  /** In five minutes. */
  readonly conflictsMax: number;
  readonly writeFailuresMax: number;
  /** A source that is closed for longer than this. */
  readonly sourceClosedMinutesMax: number;
  /** Runs of reader and compute for each message that they finish. */
  readonly runsPerMessageMax: number;
}

export type SettingsOverride = { readonly [Group in keyof Settings]?: Partial<Settings[Group]> };

/**
 * While a function is throttled, Lambda tries a batch again within its visibility timeout; AWS advises six times
 * the function's timeout. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const REQUESTS_VISIBILITY_PER_TIMEOUT = 6;

/**
 * After an invocation without an answer, its messages and all keys of its batch wait for the visibility timeout. So this
 * timeout is near the minimum that the mapping accepts, the function's timeout. The extra seconds cover the time from the
 * receive to the start of the function. If an invocation starts even later, another one may have its messages. Receipts and
 * the condition of the commit then ensure that each message has one effect (docs/decisions/0016).
 */
const READINGS_VISIBILITY_BEYOND_TIMEOUT_SECONDS = 10;

/**
 * The maximum of SQS: about 12 hours of tries for a reading and 90 for a request, at their visibility timeouts. Reader and
 * compute set requests and readings at fault aside themselves, with the reason. SQS only counts: a lower limit would remove
 * a request whose attempts were spoilt by others, and a reading that only waited for others, for a repair or for a newer
 * build. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
const RECEIVES_MAX = 1000;

/** Time for a read that is pulled as late as the first one ends; the longest reads leave no time for that. */
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
  conflictsMax: 20,
  sourceClosedMinutesMax: 5,
  // A record is given up after 20 retries: quick failures pass this within a minute, timeouts of 25 s within five.
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
    // Who reads the results is not known here: SQS's default visibility.
    results: { ...queue, visibilityTimeoutSeconds: 30, ...overridesOf('results', overrides) },
    reader,
    compute,
    writer: {
      memoryMb,
      timeoutSeconds: timeoutSecondsFor(limits.writeTimeoutMs),
      batchSize: 100,
      // More than one batch of a shard at once is faster, but AWS states order for a shard, not for a key.
      parallelizationFactor: 1,
      retryAttempts: 20,
      // The stream trims after 24 hours; what is not delivered by then must have left for the bucket before.
      recordAgeMaxHours: 20,
      ...overridesOf('writer', overrides),
    },
    logs: { retentionDays: 30, tracedPercent: 1, ...overridesOf('logs', overrides) },
    undelivered: { retentionDays: 90, ...overridesOf('undelivered', overrides) },
    alarms: { ...defaultAlarms, ...overridesOf('alarms', overrides) },
  };
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
): Partial<Settings[Group]> {
  const merged: Partial<Settings[Group]> = {};
  for (const override of overrides) Object.assign(merged, override[group]);
  return merged;
}

/** For overrides that come as text: a misspelt name would otherwise change nothing and say nothing. */
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

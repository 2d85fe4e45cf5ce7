/**
 * Names of the functions' environment variables. infra/ sets them and the handlers read them at the cold start. infra/ imports
 * this file, so it must not import anything but errors.
 */
import { PermanentError } from './errors.ts';

export const ENV = {
  requestsQueueUrl: 'WEIR_REQUESTS_QUEUE_URL',
  /** Set only for the reader of a pipeline with `backfill`. */
  backfillQueueUrl: 'WEIR_BACKFILL_QUEUE_URL',
  /** Set only where the settings of a stack replace the readersMax of a pipeline with `source`, in either lane. */
  readersMax: 'WEIR_READERS_MAX',
  backfillReadersMax: 'WEIR_BACKFILL_READERS_MAX',
  requestsDeadLetterQueueUrl: 'WEIR_REQUESTS_DEAD_LETTER_QUEUE_URL',
  readingsQueueUrl: 'WEIR_READINGS_QUEUE_URL',
  readingsDeadLetterQueueUrl: 'WEIR_READINGS_DEAD_LETTER_QUEUE_URL',
  tableName: 'WEIR_TABLE_NAME',
  /** Set only if the pipeline makes schedules: their group, and the role with which they send to the readings queue. */
  wakeGroup: 'WEIR_WAKE_GROUP',
  wakeRoleArn: 'WEIR_WAKE_ROLE_ARN',
  /** Set only if the stack has a results queue, for the pipeline's own `write`. */
  resultsQueueUrl: 'WEIR_RESULTS_QUEUE_URL',
  /** For a feed's function: the kind of its source (functions/feeds/decoder.ts), and a name that replaces the topic's. */
  feed: 'WEIR_FEED',
  feedName: 'WEIR_FEED_NAME',
  /** The name of the stack, which names the pipeline in metrics and log lines if the stack has only one. */
  stackName: 'WEIR_STACK_NAME',
  /** The name of the pipeline in metrics and log lines, if the stack may have several. */
  pipeline: 'WEIR_PIPELINE',
  /** Set only for a pipeline with a shadow: the percentage of keys that it computes, and a hash of both codes. */
  shadowPercent: 'WEIR_SHADOW_PERCENT',
  shadowCode: 'WEIR_SHADOW_CODE',
  /** Not set in a deployment: replaces SHADOW_MS_MAX in a run on a machine that has much else to do. */
  shadowMsMax: 'WEIR_SHADOW_MS_MAX',
  /** The percentage of requests to trace in the log. */
  tracedPercent: 'WEIR_TRACED_PERCENT',
} as const;

/** The prefix of a secret's variable, which holds the location of the secret, never its value. */
export const SECRET_PREFIX = 'WEIR_SECRET_';
/** The prefix of a variable's value that is the name of an SSM parameter. Without it, the value is the ARN of a secret. */
export const SSM_PREFIX = 'ssm:';

export function requireEnv(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new PermanentError(
      `environment variable ${name} is not set: the function is not deployed by Weir's construct`,
    );
  }
  return value;
}

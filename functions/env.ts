/**
 * Names of the environment variables of the functions: written by infra/, read by the handlers at the cold start.
 * infra/ imports this file, so it must not import anything but errors.
 */
import { PermanentError } from './errors.ts';

export const ENV = {
  requestsQueueUrl: 'WEIR_REQUESTS_QUEUE_URL',
  requestsDeadLetterQueueUrl: 'WEIR_REQUESTS_DEAD_LETTER_QUEUE_URL',
  readingsQueueUrl: 'WEIR_READINGS_QUEUE_URL',
  readingsDeadLetterQueueUrl: 'WEIR_READINGS_DEAD_LETTER_QUEUE_URL',
  tableName: 'WEIR_TABLE_NAME',
  /** Set only for a pipeline with `wake`: the group of its schedules, and the role with which they send to the readings queue. */
  wakeGroup: 'WEIR_WAKE_GROUP',
  wakeRoleArn: 'WEIR_WAKE_ROLE_ARN',
  /** Set only where the stack has a results queue, for the pipeline's own `write`. */
  resultsQueueUrl: 'WEIR_RESULTS_QUEUE_URL',
  /** Of a feed's function: what its records are of (functions/feeds/decoder.ts), and what stands for the topic in their positions. */
  feed: 'WEIR_FEED',
  feedName: 'WEIR_FEED_NAME',
  /** Name of the stack: what metrics and log lines are of where the pipeline is all of it. */
  stackName: 'WEIR_STACK_NAME',
  /** Set where a stack may hold several pipelines: what metrics and log lines are of. */
  pipeline: 'WEIR_PIPELINE',
  /** Set only for a pipeline with a shadow: of so many keys in a hundred it computes, and which code the two are. */
  shadowPercent: 'WEIR_SHADOW_PERCENT',
  shadowCode: 'WEIR_SHADOW_CODE',
  /** Of so many requests in a hundred the way is logged. */
  tracedPercent: 'WEIR_TRACED_PERCENT',
} as const;

/** The prefix of a secret's variable, which holds the place of the secret, never its value. */
export const SECRET_PREFIX = 'WEIR_SECRET_';
/** Before the name of a parameter, where another variable has the ARN of a secret. */
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

/**
 * The role that schedules use to send wakes. A function that makes schedules names it in an environment
 * variable.
 */
import { ENV } from '../../functions/env.ts';
import { policyCheck } from '../gateway/policy.ts';
import type { FunctionPlan } from './stack-spec.ts';
import { policyOf } from './template-functions.ts';
import type { Resource } from './template-resources.ts';

/**
 * Throws when the role may not send to the readings queue: on AWS no wake would arrive, and nothing would
 * report it.
 */
export function checkWakeRole(
  { id, environment }: FunctionPlan,
  policies: readonly Resource[],
  arnOfQueue: (url: string) => string,
): void {
  const role = environment[ENV.wakeRoleArn];
  if (role === undefined) return;
  const queue = arnOfQueue(environment[ENV.readingsQueueUrl] ?? '');
  if (policyCheck(policyOf(policies, role))('sqs:SendMessage', queue)) return;
  throw new Error(`${id}: the role of its wakes may not do sqs:SendMessage on ${queue}`);
}

/**
 * What a function's answer says about its batch. Lambda forgives what is missing and is strict about what is there:
 * an empty answer means that all is well, one unknown identifier that the whole batch failed.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
import { isRecord } from '../../functions/json.ts';
import type { InvocationResult } from '../lambda/function-thread.ts';

/** The identifiers that failed. `known` are those of the batch; `partial` is whether the mapping reads answers. */
export function failedOf(
  result: InvocationResult,
  known: readonly string[],
  partial: boolean,
): ReadonlySet<string> {
  const all = new Set(known);
  const none = new Set<string>();
  if (result.kind === 'error') return all;
  const { response } = result;
  if (!partial || response === null) return none;
  if (!isRecord(response)) return all;
  const failures = response['batchItemFailures'] ?? [];
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures) {
    const identifier = isRecord(failure) ? failure['itemIdentifier'] : undefined;
    if (typeof identifier !== 'string' || !all.has(identifier)) return all;
    failed.add(identifier);
  }
  return failed;
}

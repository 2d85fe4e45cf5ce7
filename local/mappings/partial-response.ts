/**
 * Reads a function's answer about its batch. Lambda tolerates missing fields and is strict about those
 * present: an empty answer means that the whole batch succeeded, one unknown identifier that the whole batch
 * failed.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
import { isRecord } from '../../functions/json.ts';
import type { InvocationResult } from '../lambda/function-thread.ts';

/** The identifiers that failed. `known`: those of the batch; `partial`: whether the mapping reads answers. */
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

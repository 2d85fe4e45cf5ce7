/** A small workload for tests, with every required field of a file. */

import { readPrices } from '../../local/bill/prices.ts';
import { makePlan, type Plan } from '../../plan/plan.ts';
import { awsProfile, type Profile } from '../../plan/profile.ts';
import { readWorkload } from '../../plan/read-workload.ts';
import type { Workload } from '../../plan/workload.ts';

export function workload(fields: Record<string, unknown> = {}): Workload {
  const given = { requestsPerSecond: 50, readMs: { median: 100, p99: 800 }, keys: 100, ...fields };
  return readWorkload(given, { folder: import.meta.dirname });
}

export function planFor(
  fields: Record<string, unknown> = {},
  seed = 1,
  requests = 3_000,
  pessimistic?: Profile,
): Promise<Plan> {
  const options = { profile: awsProfile, prices: readPrices(), region: 'us-east-1', seed, requests };
  return makePlan(workload(fields), pessimistic === undefined ? options : { ...options, pessimistic });
}

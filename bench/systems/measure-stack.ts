/**
 * Measures a work on a running stack. Other requests of the same kind run first, so that connections are open
 * and code is compiled; cold starts are measured in W5. These requests are in none of the results.
 */
import type { Observation } from '../../functions/ports.ts';
import { billOf, type Usage } from '../../local/bill/bill.ts';
import { readPrices } from '../../local/bill/prices.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import { quickRequests, readingsOf, type TimedRequest } from '../requests.ts';
import { effectsOf } from './effects.ts';

export interface MeasuredStack {
  readonly stack: LocalStack;
  readonly requestsQueue: string;
  /** The functions' observations so far. */
  readonly observations: readonly (Observation & { readonly environment: number })[];
  readonly totals: () => Promise<Iterable<readonly [key: string, total: { count: number; sum: number }]>>;
}

const WARM_UP_REQUESTS = 1000;
const WARM_UP_KEYS = 20;
const WARM_UP_PREFIX = 'warm-up/';

export async function measureStack(
  { stack, requestsQueue, observations, totals }: MeasuredStack,
  requests: readonly TimedRequest[],
): Promise<Measurement> {
  const warmUp = quickRequests(WARM_UP_REQUESTS, WARM_UP_KEYS, 1);
  await stack.submit(
    requestsQueue,
    messagesOf(warmUp.map((each) => ({ ...each, key: WARM_UP_PREFIX + each.key }))),
  );
  await stack.atRest();
  const observed = observations.length;
  const callsBefore = stack.calls.byOperation();
  const usageBefore = stack.calls.usage();
  const messages = messagesOf(requests);
  const cpuBefore = cpuMs();
  const startedAt = performance.timeOrigin + performance.now();
  await stack.submit(requestsQueue, messages);
  await stack.atRest();
  const usedMs = cpuMs() - cpuBefore;
  const usage = usedSince(usageBefore, stack.calls.usage());
  const polled = { standard: 1, fifo: 1 };
  return {
    effects: effectsOf(observations.slice(observed), startedAt),
    cpuMs: usedMs,
    calls: callsSince(callsBefore, stack.calls.byOperation()),
    bill: billOf(usage, readingsOf(requests), polled, readPrices()),
    totals: new Map([...(await totals())].filter(([key]) => !key.startsWith(WARM_UP_PREFIX))),
  };
}

function messagesOf(requests: readonly TimedRequest[]): { body: string }[] {
  return requests.map((request) => ({ body: JSON.stringify(request) }));
}

function usedSince(before: readonly Usage[], now: readonly Usage[]): Usage[] {
  const of = ({ item, detail }: Usage) =>
    before.find((each) => each.item === item && each.detail === detail)?.quantity ?? 0;
  return now.map((usage) => ({ ...usage, quantity: usage.quantity - of(usage) }));
}

function callsSince(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now).flatMap(([name, count]) => {
      const made = count - (before[name] ?? 0);
      return made > 0 ? [[name, made]] : [];
    }),
  );
}

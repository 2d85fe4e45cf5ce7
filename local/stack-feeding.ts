/** Starts the mappings and schedules that feed the functions of a stack, and tells when no work is left. */

import type { Activity } from './activity.ts';
import { untilAtRest } from './at-rest.ts';
import { billOf } from './bill/bill.ts';
import { readPrices } from './bill/prices.ts';
import { type BudgetWatch, watchBudget } from './budget.ts';
import type { Cleanup } from './cleanup.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import { type MappingParts, type Mappings, startMappings } from './mappings/stack-mappings.ts';
import { startSchedules } from './schedules.ts';
import type { StackGateway } from './stack-gateway.ts';
import type { World } from './storage/queues.ts';
import type { BudgetPlan } from './template/stack-spec.ts';

export interface FeedingParts extends MappingParts {
  readonly world: World;
  readonly activity: Activity;
  readonly door: StackGateway;
  readonly budgetPeriodMs: number | undefined;
  readonly stopWithinMs: number | undefined;
  readonly cleanup: Cleanup;
}

export interface Feeding {
  readonly mappings: Mappings;
  readonly budget: BudgetWatch | undefined;
  atRest(): Promise<void>;
}

export function startFeeding(parts: FeedingParts): Feeding {
  const { plan, functions, activity, onError, stopWithinMs, cleanup } = parts;
  const { send, brake, wakes, denied } = parts.door;
  const { clock } = parts.world;
  const mappings = startMappings(parts);
  activity.tellOfWrites(mappings.streamMappings);
  const stopSchedules = startSchedules(plan.schedules, {
    clock,
    send,
    switchMapping: brake.switchMapping,
    onError,
  });
  const budget = plan.budget && playBudget(plan.budget, parts);
  cleanup.defer(() => budget?.stop());
  const stopped = new AbortController();
  cleanup.defer(() => stopMappings(mappings, [...functions.values()], stopWithinMs));
  cleanup.defer(() => stopped.abort());
  cleanup.defer(stopSchedules);
  const resting = {
    sources: mappings.sources,
    mappings: mappings.queueMappings,
    streams: mappings.streamMappings,
    activity: activity.count,
    nextWake: wakes.next,
    now: clock.now,
    signal: stopped.signal,
  };
  return { mappings, budget, atRest: () => Promise.race([denied, untilAtRest(resting)]) };
}

function playBudget(plan: BudgetPlan, { world, calls, door, budgetPeriodMs }: FeedingParts): BudgetWatch {
  const { clock } = world;
  const prices = readPrices();
  return watchBudget(plan, {
    clock,
    periodMs: budgetPeriodMs,
    spentUsd: () => billOf(calls.usage(), 0, { fifo: 0, standard: 0 }, prices).totalUsd,
    pause(ids, reason) {
      for (const id of ids) door.brake.pause(id, { reason, since: new Date(clock.now()).toISOString() });
    },
  });
}

/** An invocation that does not end is killed: a computation may be endless. */
async function stopMappings(
  mappings: Mappings,
  functions: readonly LocalFunction[],
  withinMs = STOP_WITHIN_MS,
): Promise<void> {
  const timer = setTimeout(() => {
    for (const each of functions) void each.close();
  }, withinMs);
  await mappings.stop();
  clearTimeout(timer);
}

const STOP_WITHIN_MS = 3_000;

/**
 * A stack on this machine: carries out a plan step by step, and removes it in the opposite order. It runs
 * what would be deployed: the template's functions with the template's settings.
 */
import { systemClock } from '../functions/aws/clock.ts';
import { createActivity } from './activity.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { createCalls } from './gateway/call-counts.ts';
import { checkRoles } from './gateway/roles.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import { type LocalStack, localStack } from './local-stack.ts';
import { startFeeding } from './stack-feeding.ts';
import { startFunctions } from './stack-functions.ts';
import { openGateway } from './stack-gateway.ts';
import type { StackOptions } from './stack-options.ts';
import { watchStandstill } from './standstill.ts';
import { createTables } from './storage/dynamo-tables.ts';
import { openDynamoDb } from './storage/dynamodb.ts';
import { watchCounts } from './storage/queue-counts.ts';
import type { World } from './storage/queues.ts';
import { type StackPlan, withQueueOrigin } from './template/stack-spec.ts';

export async function startStack(givenPlan: StackPlan, options: StackOptions = {}): Promise<LocalStack> {
  checkRoles(givenPlan);
  const cleanup = createCleanup();
  try {
    return await start(givenPlan, options, cleanup);
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(givenPlan: StackPlan, options: StackOptions, cleanup: Cleanup): Promise<LocalStack> {
  const { onError = console.error, processEnv = process.env, chaos } = options;
  const { streamBackoffMs, budgetPeriodMs, stopWithinMs } = options;
  const world = worldOf(options);
  const functions = new Map<string, LocalFunction>();
  const base = { world, calls: createCalls(), activity: createActivity(), functions, onError, cleanup };
  const { calls, activity } = base;

  // 1. The database and its tables.
  const dynamo = openDynamoDb(world.clock.now, processEnv);
  cleanup.defer(() => dynamo.close());
  const tables = await createTables(dynamo, givenPlan.tables);
  cleanup.defer(() => tables.close());

  // 2. The gateway. Its address is part of the queues' URLs, so the queues are made after it.
  const later = { queues: () => queues, mappings: () => mappings };
  const door = await openGateway(givenPlan, options, { ...base, dynamo, ...later });
  const { gateway, operated } = door;
  const gatewayUrl = gateway.url;

  // 3. The queues.
  const plan = withQueueOrigin(givenPlan, gatewayUrl);
  const queues = await door.sqs.make(plan.queues);
  const counts = watchCounts(queues, door.sqs.models);
  cleanup.defer(() => counts.stop());

  // 4. The functions.
  const standstill = watchStandstill(() => ({
    sources: mappings.sources,
    mappings: mappings.queueMappings,
    activity: activity.count,
  }));
  const functionParts = { gateway, calls, operated, standstill, chaos, onInvoke: activity.add, cleanup };
  await startFunctions(plan, functions, options, functionParts);

  // 5. The mappings and schedules that feed the functions.
  const feeding = {
    ...base,
    plan,
    queues,
    dynamo,
    tables,
    streamBackoffMs,
    budgetPeriodMs,
    stopWithinMs,
    door,
  };
  const { mappings, budget, atRest } = startFeeding(feeding);

  const { models, endpoint: sqsEndpoint } = door.sqs;
  const running = { plan, calls, gatewayUrl, dynamo, mappings, queues, models, functions, sqsEndpoint };
  return localStack({ ...running, made: door.made, counts, standstill, budget, atRest, cleanup });
}

function worldOf({ chaos, clock = systemClock, random = Math.random }: StackOptions): World {
  return chaos === undefined ? { clock, random } : { clock: chaos.clock, random, wrapQueue: chaos.wrapQueue };
}

/**
 * A stack on this machine: carries out a plan, step by step, and takes it down again in the opposite order. What
 * runs here is what would be deployed: the template's functions, fed with the template's settings.
 */
import { systemClock } from '../functions/aws/clock.ts';
import { defined } from '../functions/defined.ts';
import type { Clock, OutgoingMessage } from '../functions/ports.ts';
import type { Queue } from '../model/queue/types.ts';
import { endpointFor } from '../operate/endpoints.ts';
import { untilAtRest } from './at-rest.ts';
import { billOf } from './bill/bill.ts';
import { readPrices } from './bill/prices.ts';
import { type BudgetWatch, watchBudget } from './budget.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { type BrakeCalls, createBrakeCalls } from './gateway/brake-calls.ts';
import { type Calls, createCalls } from './gateway/call-counts.ts';
import { forwardTo, withQueueUrls } from './gateway/forward.ts';
import { startGateway } from './gateway/gateway.ts';
import { createOperatorCalls } from './gateway/operator-calls.ts';
import { checkRoles } from './gateway/roles.ts';
import { secretCalls } from './gateway/secrets.ts';
import { createWakeCalls } from './gateway/wake-calls.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import { type LocalStack, localStack, madeQueue } from './local-stack.ts';
import { type Mappings, startMappings } from './mappings/stack-mappings.ts';
import type { StreamMapping } from './mappings/stream-mapping.ts';
import { startSchedules } from './schedules.ts';
import { startFunctions } from './stack-functions.ts';
import type { StackOptions } from './stack-options.ts';
import { watchStandstill } from './standstill.ts';
import { createTables } from './storage/dynamo-tables.ts';
import { openDynamoDb } from './storage/dynamodb.ts';
import { watchCounts } from './storage/queue-counts.ts';
import { addQueues, sqsBackend } from './storage/queues.ts';
import { createRemoteQueues } from './storage/remote-queues.ts';
import { submit } from './submit.ts';
import { type BudgetPlan, type StackPlan, withQueueOrigin } from './template/stack-spec.ts';

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
  const { onError = console.error, processEnv = process.env } = options;
  const secrets = secretCalls(givenPlan.functions, options.secrets ?? {});
  const { chaos, intercept = chaos?.intercept } = options;
  const world = {
    clock: chaos?.clock ?? options.clock ?? systemClock,
    random: options.random ?? Math.random,
    ...(chaos === undefined ? {} : { wrapQueue: chaos.wrapQueue }),
  };
  const calls = createCalls();
  let activity = 0;
  const denied = Promise.withResolvers<never>();
  denied.promise.catch(() => undefined); // atRest rejects with it.
  const streams: StreamMapping[] = [];

  // 1. The database and its tables.
  const dynamo = openDynamoDb(world.clock.now, processEnv);
  cleanup.defer(() => dynamo.close());
  const tables = await createTables(dynamo, givenPlan.tables);
  cleanup.defer(() => tables.close());

  // 2. The gateway. Its address is part of the queues' URLs, so the queues come after it.
  const models = new Map<string, Queue>();
  const functions = new Map<string, LocalFunction>();
  const brake = createBrakeCalls({ mappings: () => mappings.byId, now: world.clock.now });
  cleanup.defer(async () => brake.stop());
  const operated = createOperatorCalls({ queues: models, functions, brake, now: world.clock.now });
  const sqsEndpoint = endpointFor('SQS', processEnv);
  let remoteUrls: ReadonlyMap<string, string> = new Map();
  const sqs = sqsEndpoint === undefined ? undefined : forwardTo(sqsEndpoint);
  cleanup.defer(() => sqs?.close());
  const send = async (name: string, message: OutgoingMessage) =>
    void (await submit(madeQueue(queues, name), [message], () => {}));
  const wakes = createWakeCalls({ clock: world.clock, send, onError });
  cleanup.defer(async () => wakes.stop());
  const gateway = await startGateway({
    functions: givenPlan.functions,
    sqs: sqs === undefined ? sqsBackend(models, world) : withQueueUrls(sqs.backend, () => remoteUrls),
    dynamodb: dynamo.backend,
    calls,
    operator: operated.answer,
    secrets,
    schedules: wakes.answer,
    ...defined({ intercept }),
    onDenied: (message) => denied.reject(new Error(message)),
    onAnswered: ({ service, operation }) => {
      activity += 1;
      if (service === 'DynamoDB' && isWrite(operation)) for (const stream of streams) stream.ring();
    },
  });
  cleanup.defer(() => gateway.close());

  // 3. The queues.
  const plan = withQueueOrigin(givenPlan, gateway.url);
  const remote = sqsEndpoint === undefined ? undefined : await createRemoteQueues(sqsEndpoint, plan.queues);
  cleanup.defer(() => remote?.close());
  remoteUrls = remote?.urls ?? remoteUrls;
  const queues = remote?.queues ?? addQueues(models, plan.queues, world);

  const counts = watchCounts(queues, models);
  cleanup.defer(() => counts.stop());

  // 4. The functions.
  const standstill = watchStandstill(() => ({
    sources: mappings.sources,
    mappings: mappings.queueMappings,
    activity: () => activity,
  }));
  const onInvoke = () => {
    activity += 1;
  };
  const functionParts = { gatewayUrl: gateway.url, calls, operated, standstill, chaos, onInvoke, cleanup };
  await startFunctions(plan, functions, options, functionParts);

  // 5. What feeds the functions.
  const { streamBackoffMs } = options;
  const mappings = startMappings({
    plan,
    queues,
    functions,
    dynamo,
    tables,
    calls,
    onError,
    streamBackoffMs,
  });
  streams.push(...mappings.streamMappings);
  const stopSchedules = startSchedules(plan.schedules, {
    clock: world.clock,
    send,
    switchMapping: brake.switchMapping,
    onError,
  });
  const budget = plan.budget && playBudget(plan.budget, { world, calls, brake, options });
  cleanup.defer(() => budget?.stop());
  const stopped = new AbortController();
  cleanup.defer(() => stopMappings(mappings, [...functions.values()]));
  cleanup.defer(() => stopped.abort());
  cleanup.defer(stopSchedules);

  const atRest = () =>
    Promise.race([
      denied.promise,
      untilAtRest({
        sources: mappings.sources,
        mappings: mappings.queueMappings,
        streams,
        activity: () => activity,
        nextWake: wakes.next,
        now: world.clock.now,
        signal: stopped.signal,
      }),
    ]);
  const gatewayUrl = gateway.url;
  const running = { plan, calls, gatewayUrl, dynamo, mappings, queues, models, functions, sqsEndpoint };
  return localStack({ ...running, counts, standstill, budget, atRest, cleanup });
}

interface BudgetWorld {
  readonly world: { readonly clock: Clock };
  readonly calls: Calls;
  readonly brake: BrakeCalls;
  readonly options: StackOptions;
}

function playBudget(plan: BudgetPlan, { world: { clock }, calls, brake, options }: BudgetWorld): BudgetWatch {
  const prices = readPrices();
  return watchBudget(plan, {
    clock,
    periodMs: options.budgetPeriodMs,
    spentUsd: () => billOf(calls.usage(), 0, { fifo: 0, standard: 0 }, prices).totalUsd,
    pause: (id, reason) => brake.pause(id, { reason, since: new Date(clock.now()).toISOString() }),
  });
}

/** An invocation that does not end by itself is ended: a computation may have no end. */
async function stopMappings(mappings: Mappings, functions: readonly LocalFunction[]): Promise<void> {
  const timer = setTimeout(() => {
    for (const each of functions) void each.close();
  }, STOP_WITHIN_MS);
  await mappings.stop();
  clearTimeout(timer);
}

const STOP_WITHIN_MS = 3_000;

function isWrite(operation: string): boolean {
  return /^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(operation);
}

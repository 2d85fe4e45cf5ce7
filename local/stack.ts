/**
 * A stack on this machine: carries out a plan, step by step, and takes it down again in the opposite order. What
 * runs here is what would be deployed: the template's functions, fed with the template's settings.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../functions/aws/clock.ts';
import type { Clock, OutgoingMessage, Random } from '../functions/ports.ts';
import type { Queue } from '../model/queue/types.ts';
import { endpointFor } from '../operate/endpoints.ts';
import { untilAtRest } from './at-rest.ts';
import { meterSqs, queueKind } from './bill/meter.ts';
import type { Chaos } from './chaos.ts';
import { type Cleanup, createCleanup } from './cleanup.ts';
import { createBrakeCalls } from './gateway/brake-calls.ts';
import { type Calls, createCalls } from './gateway/call-counts.ts';
import { forwardTo, withQueueUrls } from './gateway/forward.ts';
import { type Call, type Interception, OPERATOR, startGateway } from './gateway/gateway.ts';
import { createOperatorCalls } from './gateway/operator-calls.ts';
import { checkRoles } from './gateway/roles.ts';
import { type SecretValues, secretCalls } from './gateway/secrets.ts';
import { createFunction, type LocalFunction } from './lambda/deployed-function.ts';
import { functionEnv } from './lambda/function-env.ts';
import { type FunctionWatch, watchFunction } from './lambda/watch-function.ts';
import { enterZoneOf } from './lambda/zone-of-functions.ts';
import { type Mappings, startMappings } from './mappings/stack-mappings.ts';
import type { StreamMapping } from './mappings/stream-mapping.ts';
import { startSchedules } from './schedules.ts';
import { type Standstill, watchStandstill } from './standstill.ts';
import { createTables } from './storage/dynamo-tables.ts';
import { openDynamoDb } from './storage/dynamodb.ts';
import type { FailedBatch } from './storage/failed-batches.ts';
import { watchCounts } from './storage/queue-counts.ts';
import { addQueues, sqsBackend } from './storage/queues.ts';
import { createRemoteQueues } from './storage/remote-queues.ts';
import { scanTable } from './storage/scan.ts';
import type { QueueCounts, SeenMessage } from './storage/stack-queue.ts';
import { submit } from './submit.ts';
import { findPlan, type StackPlan, withQueueOrigin } from './template/stack-spec.ts';

export interface StackOptions extends FunctionWatch {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the pipeline's secrets say in this run, by name: one for each that it has. */
  readonly secrets?: SecretValues;
  /** By function, the environments to start before the first message. */
  readonly prewarm?: Readonly<Record<string, number>>;
  /** A function has taken up an invocation (1), or has ended one (-1). */
  readonly onWork?: (functionName: string, change: 1 | -1) => void;
  /** Something is wrong with the run itself. */
  readonly onError?: (error: unknown) => void;
  readonly intercept?: (call: Call) => Interception | undefined;
  /** Makes things go wrong; brings its own clock and interception. */
  readonly chaos?: Chaos;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default: this process's. AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL name engines to use. */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  readonly streamBackoffMs?: number;
}

export interface LocalStack {
  readonly plan: StackPlan;
  readonly calls: Calls;
  readonly gatewayUrl: string;
  /** By name or logical id. Of the embedded SQS only: a queue elsewhere is asked there. */
  queue(nameOrId: string): Queue;
  /** What is in a queue; of one elsewhere as it was at the last look, twice a second. */
  counts(nameOrId: string): QueueCounts;
  list(nameOrId: string): Promise<readonly SeenMessage[]>;
  submit(nameOrId: string, messages: Iterable<OutgoingMessage>): Promise<void>;
  /** All items of a table; without a name, of the only one. */
  items(nameOrId?: string): Promise<Record<string, AttributeValue>[]>;
  /** What the stream mappings gave up, and the folder that it is in. */
  failedOutputs(): FailedBatch[];
  readonly failedOutputsFolder: string;
  /**
   * Resolves when there is nothing left to do. Rejects when the stack is stopped before, or when a function does what
   * its role does not allow: the functions try again or do without, so nothing else would tell.
   */
  atRest(): Promise<void>;
  /** Undefined: the stack gets on, or may yet. To be asked now and then. */
  standstill(): Promise<Standstill | undefined>;
  /** Lets what is in work end, for some seconds, and removes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

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
  const { env = {}, prewarm = {}, onError = console.error, processEnv = process.env } = options;
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
  denied.promise.catch(() => undefined); // Whoever waits for rest hears of it.
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
  const gateway = await startGateway({
    functions: givenPlan.functions,
    sqs: sqs === undefined ? sqsBackend(models, world) : withQueueUrls(sqs.backend, () => remoteUrls),
    dynamodb: dynamo.backend,
    calls,
    operator: operated.answer,
    secrets,
    ...(intercept === undefined ? {} : { intercept }),
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

  const queueNamed = (name: string) => queues.get(name) ?? fail(`queue ${name} was not made`);

  const counts = watchCounts(queues, models);
  cleanup.defer(() => counts.stop());

  // 4. The functions.
  const standstill = watchStandstill(() => ({
    sources: mappings.sources,
    mappings: mappings.queueMappings,
    activity: () => activity,
  }));
  const seen = plan.functions.map((each) => ({
    functionPlan: each,
    variables: functionEnv(each, gateway.url, env),
  }));
  cleanup.defer(enterZoneOf(seen.map(({ variables }) => variables)));
  for (const { functionPlan, variables } of seen) {
    const watch = watchFunction(functionPlan, options, calls, standstill.observed);
    const created = createFunction(functionPlan, variables, {
      ...watch,
      ...(chaos === undefined ? {} : { killAfterMs: chaos.killAfterMs }),
      onInvoke: () => {
        options.onWork?.(functionPlan.name, 1);
        activity += 1;
        standstill.began();
        operated.began(functionPlan.name);
      },
      onReport: (report) => {
        options.onWork?.(functionPlan.name, -1);
        standstill.ended(report);
        operated.ended(functionPlan.name, report.error !== undefined);
        watch.onReport?.(report);
      },
    });
    cleanup.defer(() => created.close());
    functions.set(functionPlan.name, created);
  }
  await Promise.all(
    plan.functions.map(({ id, name }) => functions.get(name)?.prewarm(prewarm[id] ?? prewarm[name] ?? 0)),
  );

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
    send: async (name, message) => void (await submit(queueNamed(name), [message], () => {})),
    switchMapping: brake.switchMapping,
    onError,
  });
  const stopped = new AbortController();
  cleanup.defer(() => stopMappings(mappings, [...functions.values()]));
  cleanup.defer(() => stopped.abort());
  cleanup.defer(stopSchedules);

  let stopping: Promise<void> | undefined;
  return {
    plan,
    calls,
    gatewayUrl: gateway.url,
    queue(nameOrId) {
      const { id, name } = findPlan(plan.queues, nameOrId, 'queue');
      return models.get(name) ?? fail(`queue ${id} is at ${sqsEndpoint}, not in this process: look there`);
    },
    counts: (nameOrId) => counts.of(findPlan(plan.queues, nameOrId, 'queue').name),
    async list(nameOrId) {
      const { name } = findPlan(plan.queues, nameOrId, 'queue');
      return (await queues.get(name)?.list()) ?? [];
    },
    async submit(nameOrId, messages) {
      const { name, fifo } = findPlan(plan.queues, nameOrId, 'queue');
      await submit(queueNamed(name), messages, (bytes, grouped) => {
        calls.add(OPERATOR, 'SQS.SendMessageBatch');
        meterSqs(calls, queueKind(fifo, grouped), 'SendMessageBatch', bytes);
      });
    },
    // Not through the gateway: looking at a run is no part of what it asks of AWS.
    items: (nameOrId) => scanTable(dynamo.backend, findPlan(plan.tables, nameOrId, 'table').name),
    failedOutputs: mappings.failedBatches,
    failedOutputsFolder: mappings.failedBatchesFolder,
    atRest: () =>
      Promise.race([
        denied.promise,
        untilAtRest({
          sources: mappings.sources,
          mappings: mappings.queueMappings,
          streams,
          activity: () => activity,
          signal: stopped.signal,
        }),
      ]),
    standstill: standstill.look,
    stop() {
      stopping ??= cleanup[Symbol.asyncDispose]();
      return stopping;
    },
  };
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

function fail(message: string): never {
  throw new Error(message);
}

function isWrite(operation: string): boolean {
  return /^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(operation);
}

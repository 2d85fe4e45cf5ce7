/**
 * A stack on this machine: carries out a plan, step by step, and takes it down again in the opposite order. What
 * runs here is what would be deployed: the template's functions, fed with the template's settings.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Clock, Observation, OutgoingMessage, Random } from '../functions/ports.ts';
import { untilAtRest } from './at-rest.ts';
import { type Calls, createCalls } from './calls.ts';
import { systemClock } from './clock.ts';
import { createTables } from './dynamo-tables.ts';
import { startDynamoDb } from './dynamodb.ts';
import type { EnvironmentWatch, InvocationReport } from './environment.ts';
import { forwardTo } from './forward.ts';
import { createFunction, type LocalFunction } from './function.ts';
import { functionEnv } from './function-env.ts';
import { type Call, type Interception, OPERATOR, startGateway } from './gateway.ts';
import type { FailedBatch } from './given-up.ts';
import { QUEUE_URL_ORIGIN, type StackPlan } from './plan.ts';
import { addQueues, sqsBackend } from './queues.ts';
import { checkRoles } from './roles.ts';
import { scanTable } from './scan.ts';
import type { Queue } from './sqs/types.ts';
import { startMappings } from './stack-mappings.ts';
import type { StreamMapping } from './stream-mapping.ts';

export interface LogLine {
  readonly functionName: string;
  readonly environment: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface Observed {
  readonly functionName: string;
  readonly environment: number;
  readonly observation: Observation;
}

export interface StackOptions {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** By function, the environments to start before the first message. */
  readonly prewarm?: Readonly<Record<string, number>>;
  readonly onLog?: (line: LogLine) => void;
  readonly onReport?: (report: InvocationReport) => void;
  readonly onObservation?: (observed: Observed) => void;
  /** Something is wrong with the run itself. */
  readonly onError?: (error: unknown) => void;
  readonly intercept?: (call: Call) => Interception | undefined;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where the engines are looked for: AWS_ENDPOINT_URL_DYNAMODB. */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  readonly streamBackoffMs?: number;
}

export interface LocalStack {
  readonly plan: StackPlan;
  readonly calls: Calls;
  readonly gatewayUrl: string;
  /** By name or logical id. */
  queue(nameOrId: string): Queue;
  submit(nameOrId: string, messages: Iterable<OutgoingMessage>): Promise<void>;
  /** All items of a table; without a name, of the only one. */
  items(nameOrId?: string): Promise<Record<string, AttributeValue>[]>;
  /** What the stream mappings gave up. */
  failedOutputs(): FailedBatch[];
  /** Resolves when there is nothing left to do. Rejects when the stack is stopped before. */
  atRest(): Promise<void>;
  /** Lets what is in work end, and removes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export async function startStack(givenPlan: StackPlan, options: StackOptions = {}): Promise<LocalStack> {
  checkRoles(givenPlan);
  const cleanup = new AsyncDisposableStack();
  try {
    return await start(givenPlan, options, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function start(
  givenPlan: StackPlan,
  options: StackOptions,
  cleanup: AsyncDisposableStack,
): Promise<LocalStack> {
  const { env = {}, prewarm = {}, onError = console.error } = options;
  const world = { clock: options.clock ?? systemClock, random: options.random ?? Math.random };
  const calls = createCalls();
  let activity = 0;
  const streams: StreamMapping[] = [];

  // 1. The database and its tables.
  const dynamo = await startDynamoDb(options.processEnv);
  cleanup.defer(() => dynamo.close());
  const tables = await createTables(dynamo, givenPlan.tables);
  cleanup.defer(() => tables.close());

  // 2. The gateway. Its address is part of the queues' URLs, so the queues come after it.
  const queues = new Map<string, Queue>();
  const dynamodb = forwardTo(dynamo.endpoint);
  cleanup.defer(() => dynamodb.close());
  const gateway = await startGateway({
    functions: givenPlan.functions,
    sqs: sqsBackend(queues, world),
    dynamodb: dynamodb.backend,
    calls,
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
    onAnswered: ({ service, operation }) => {
      activity += 1;
      if (service === 'DynamoDB' && isWrite(operation)) for (const stream of streams) stream.ring();
    },
  });
  cleanup.defer(() => gateway.close());

  // 3. The queues.
  const plan = withQueueOrigin(givenPlan, gateway.url);
  addQueues(queues, plan.queues, world);

  // 4. The functions.
  const functions = new Map<string, LocalFunction>();
  for (const functionPlan of plan.functions) {
    const variables = functionEnv(functionPlan, gateway.url, env);
    const created = createFunction(functionPlan, variables, {
      ...watchOf(functionPlan.name, options),
      onInvoke: () => {
        activity += 1;
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
  const mappings = startMappings({ plan, queues, functions, tables, calls, onError, streamBackoffMs });
  streams.push(...mappings.streamMappings);
  const stopped = new AbortController();
  cleanup.defer(() => mappings.stop());
  cleanup.defer(() => stopped.abort());

  const queue = (nameOrId: string) => {
    const { name } = findPlan(plan.queues, nameOrId, 'queue');
    const found = queues.get(name);
    if (found === undefined) throw new Error(`queue ${name} was not made`);
    return found;
  };
  let stopping: Promise<void> | undefined;
  return {
    plan,
    calls,
    gatewayUrl: gateway.url,
    queue,
    submit: (nameOrId, messages) => submit(queue(nameOrId), messages, calls),
    items: (nameOrId) => scanTable(gateway.url, findPlan(plan.tables, nameOrId, 'table').name),
    failedOutputs: mappings.failedBatches,
    atRest: () =>
      untilAtRest({
        sources: mappings.sources,
        functions: [...functions.values()],
        mappings: mappings.queueMappings,
        streams,
        activity: () => activity,
        signal: stopped.signal,
      }),
    stop() {
      stopping ??= cleanup.disposeAsync();
      return stopping;
    },
  };
}

function isWrite(operation: string): boolean {
  return /^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(operation);
}

function withQueueOrigin(plan: StackPlan, url: string): StackPlan {
  const replace = (text: string) => text.replaceAll(QUEUE_URL_ORIGIN, url);
  return {
    ...plan,
    queues: plan.queues.map((queue) => ({ ...queue, url: replace(queue.url) })),
    functions: plan.functions.map((each) => ({
      ...each,
      environment: Object.fromEntries(
        Object.entries(each.environment).map(([name, value]) => [name, replace(value)]),
      ),
    })),
  };
}

/** Lambda writes into the log what went wrong in a function; so here, whatever else the run makes of it. */
function watchOf(functionName: string, { onLog, onReport, onObservation }: StackOptions) {
  const watch: EnvironmentWatch = {
    onLog: (environment, stream, line) => onLog?.({ functionName, environment, stream, line }),
    onReport: (report) => {
      onReport?.(report);
      const { environment, error } = report;
      if (error === undefined) return;
      onLog?.({ functionName, environment, stream: 'stderr', line: `${error.type}: ${error.message}` });
    },
    onObservations: (environment, observations) => {
      for (const observation of observations) onObservation?.({ functionName, environment, observation });
    },
  };
  return watch;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

function findPlan<Plan extends Named>(
  plans: readonly Plan[],
  nameOrId: string | undefined,
  kind: string,
): Plan {
  const found =
    nameOrId === undefined && plans.length === 1
      ? plans[0]
      : plans.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found !== undefined) return found;
  const known = plans.map(({ id }) => id).join(', ');
  throw new Error(`the stack has no ${kind} ${String(nameOrId)}, it has: ${known}`);
}

/** Between lots the event loop goes on, or the functions would wait for the last message. */
const SUBMIT_LOT = 200;

async function submit(queue: Queue, messages: Iterable<OutgoingMessage>, calls: Calls): Promise<void> {
  let sent = 0;
  for (const message of messages) {
    queue.send(message);
    // The operator's calls count, too: in batches of ten, as a submitter should send them.
    if (sent % SQS_BATCH_ENTRIES_MAX === 0) calls.add(OPERATOR, 'SQS.SendMessageBatch');
    sent += 1;
    if (sent % SUBMIT_LOT === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

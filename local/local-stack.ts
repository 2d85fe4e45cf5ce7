/** A stack that runs on this machine, as the commands, the tests and the benchmarks see it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Line } from '../model/lines.ts';
import type { Queue } from '../model/queue/types.ts';
import { meterSqs, queueKind } from './bill/meter.ts';
import type { BudgetWatch } from './budget.ts';
import type { Cleanup } from './cleanup.ts';
import { playFeed } from './feeds/play-feed.ts';
import type { Calls } from './gateway/call-counts.ts';
import { OPERATOR } from './gateway/gateway.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import type { Mappings } from './mappings/stack-mappings.ts';
import type { Standstill, StandstillWatch } from './standstill.ts';
import type { DynamoDb } from './storage/dynamodb.ts';
import type { FailedBatch } from './storage/failed-batches.ts';
import { scanTable } from './storage/scan.ts';
import type { QueueCounts, SeenMessage, StackQueue } from './storage/stack-queue.ts';
import { type Messages, submit } from './submit.ts';
import { feedsOf, findPlan, type StackPlan } from './template/stack-spec.ts';

export interface LocalStack {
  readonly plan: StackPlan;
  readonly calls: Calls;
  readonly gatewayUrl: string;
  /** By name or logical id. Of the embedded SQS only: a queue elsewhere is asked there. */
  queue(nameOrId: string): Queue;
  /** The same, and undefined of a queue elsewhere. */
  model(nameOrId: string): Queue | undefined;
  /** What is in a queue; of one elsewhere as it was at the last look, twice a second. */
  counts(nameOrId: string): QueueCounts;
  list(nameOrId: string): Promise<readonly SeenMessage[]>;
  submit(nameOrId: string, messages: Messages): Promise<void>;
  /** Hands lines to the function of a feed, by logical id; without one, of the only one. See feeds/play-feed.ts. */
  feed(id: string | undefined, lines: readonly Line[]): Promise<void>;
  /** All items of a table; without a name, of the only one. */
  items(nameOrId?: string): Promise<Record<string, AttributeValue>[]>;
  /** Parts that are paused: docs/decisions/0030-the-brake.md. */
  paused(): string[];
  /** What the stream mappings gave up, and the folder that it is in. */
  failedOutputs(): FailedBatch[];
  readonly failedOutputsFolder: string;
  /**
   * Resolves when there is nothing left to do. Rejects when the stack is stopped before, or when a function does what
   * its role does not allow: the functions try again or do without, so nothing else would tell.
   */
  atRest(): Promise<void>;
  /** Invocations at work. */
  working(): number;
  /** Undefined: the stack gets on, or may yet. To be asked now and then. */
  standstill(): Promise<Standstill | undefined>;
  /** Lets what is in work end, for some seconds, and removes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** What the steps of the start have made. */
export interface StackParts {
  readonly plan: StackPlan;
  readonly calls: Calls;
  readonly gatewayUrl: string;
  readonly dynamo: DynamoDb;
  readonly mappings: Mappings;
  /** By name; `models` are those of this process, the others are at `sqsEndpoint`. */
  readonly queues: ReadonlyMap<string, StackQueue>;
  readonly models: ReadonlyMap<string, Queue>;
  readonly sqsEndpoint: string | undefined;
  /** By name. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly counts: { of(name: string): QueueCounts };
  readonly standstill: StandstillWatch;
  readonly budget: BudgetWatch | undefined;
  readonly atRest: () => Promise<void>;
  readonly cleanup: Cleanup;
}

/** What is paused when a mapping is off. */
const BRAKED = { reads: 'ReaderMapping', computes: 'ComputeMapping', writes: 'WriterMapping' };

export function localStack(parts: StackParts): LocalStack {
  const { plan, calls, dynamo, mappings, queues, models } = parts;
  const queueOf = (nameOrId: string) => findPlan(plan.queues, nameOrId, 'queue');
  let stopping: Promise<void> | undefined;
  return {
    plan,
    calls,
    gatewayUrl: parts.gatewayUrl,
    queue(nameOrId) {
      const { id, name } = queueOf(nameOrId);
      const model = models.get(name);
      if (model !== undefined) return model;
      throw new Error(`queue ${id} is at ${parts.sqsEndpoint}, not in this process: look there`);
    },
    model: (nameOrId) => models.get(queueOf(nameOrId).name),
    counts: (nameOrId) => parts.counts.of(queueOf(nameOrId).name),
    list: async (nameOrId) => (await queues.get(queueOf(nameOrId).name)?.list()) ?? [],
    async submit(nameOrId, messages) {
      const { name, fifo } = queueOf(nameOrId);
      await submit(madeQueue(queues, name), messages, (bytes, grouped) => {
        calls.add(OPERATOR, 'SQS.SendMessageBatch');
        meterSqs(calls, queueKind(fifo, grouped), 'SendMessageBatch', bytes);
      });
    },
    async feed(id, lines) {
      const feeds = feedsOf(plan.functions);
      if (feeds.length === 0)
        throw new Error('the pipeline has no feed of records: give it one, or submit requests');
      const { name } = findPlan(feeds, id, 'feed');
      const target = parts.functions.get(name);
      if (target !== undefined) await playFeed(target, lines);
    },
    // Not through the gateway: looking at a run is no part of what it asks of AWS.
    items: (nameOrId) => scanTable(dynamo.backend, findPlan(plan.tables, nameOrId, 'table').name),
    paused: () =>
      Object.entries(BRAKED).flatMap(([part, id]) =>
        mappings.byId.get(id)?.enabled === false ? [part] : [],
      ),
    failedOutputs: mappings.failedBatches,
    failedOutputsFolder: mappings.failedBatchesFolder,
    atRest: parts.atRest,
    standstill: async () => (await parts.standstill.look()) ?? (await overBudget(parts)),
    working: parts.standstill.working,
    stop() {
      stopping ??= parts.cleanup[Symbol.asyncDispose]();
      return stopping;
    },
  };
}

/** Reads were stopped over the budget, nobody resumed them, and what had been read is done. */
async function overBudget({
  budget,
  plan,
  mappings,
  standstill,
}: StackParts): Promise<Standstill | undefined> {
  const reason = budget?.passed();
  const id = plan.budget?.mapping ?? '';
  if (reason === undefined || mappings.byId.get(id)?.enabled !== false) return undefined;
  if (standstill.working() > 0 || [...mappings.byId.values()].some(({ busy }) => busy)) return undefined;
  const others = mappings.sources.filter(({ plan: { arn } }) => arn !== arnReadBy(id, plan));
  const counts = await Promise.all(others.map((queue) => queue.counts()));
  const waiting = counts.some(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0);
  return waiting ? undefined : { why: 'over budget', reasons: [reason] };
}

function arnReadBy(id: string, { queueMappings }: StackPlan): string | undefined {
  return queueMappings.find((mapping) => mapping.id === id)?.queueArn;
}

export function madeQueue(queues: ReadonlyMap<string, StackQueue>, name: string): StackQueue {
  const queue = queues.get(name);
  if (queue === undefined) throw new Error(`queue ${name} was not made`);
  return queue;
}

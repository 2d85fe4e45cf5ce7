/** A stack that runs on this machine, as the commands, the tests and the benchmarks see it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Line } from '../model/lines.ts';
import type { Queue } from '../model/queue/types.ts';
import { meterSqs, queueKind } from './bill/meter.ts';
import type { BudgetWatch } from './budget.ts';
import type { Cleanup } from './cleanup.ts';
import { playFeed } from './feeds/play-feed.ts';
import { OPERATOR } from './gateway/call.ts';
import type { Calls } from './gateway/call-counts.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import type { MadeRequests } from './made-requests.ts';
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
  readonly made: MadeRequests;
  /**
   * By name or logical id. Only for queues of the embedded SQS; an external engine must be asked directly.
   */
  queue(nameOrId: string): Queue;
  /** The same, but undefined for a queue of an external engine. */
  model(nameOrId: string): Queue | undefined;
  /** Message counts of a queue. Those of an external engine are refreshed twice a second. */
  counts(nameOrId: string): QueueCounts;
  list(nameOrId: string): Promise<readonly SeenMessage[]>;
  submit(nameOrId: string, messages: Messages): Promise<void>;
  /**
   * Hands lines to the function of a feed, by logical id; without an id, to the only feed. See
   * feeds/play-feed.ts.
   */
  feed(id: string | undefined, lines: readonly Line[]): Promise<void>;
  /** All items of a table; without a name, of the only table. */
  items(nameOrId?: string): Promise<Record<string, AttributeValue>[]>;
  /** Paused parts: docs/decisions/0030-the-brake.md. */
  paused(): string[];
  /** Batches that the stream mappings gave up, and the folder that holds them. */
  failedOutputs(): FailedBatch[];
  readonly failedOutputsFolder: string;
  /**
   * Resolves when there is nothing left to do. Rejects when the stack is stopped first, or when a function
   * makes a call that its role does not allow: functions retry such calls or do without, so nothing else
   * would report it.
   */
  atRest(): Promise<void>;
  /** Number of invocations in progress. */
  working(): number;
  /** Undefined while the stack makes progress or still may. Call it now and then. */
  standstill(): Promise<Standstill | undefined>;
  /**
   * Lets current work end, for a few seconds, and removes everything. Further calls wait for the same end.
   */
  stop(): Promise<void>;
}

/** The parts that the steps of the start have made. */
export interface StackParts {
  readonly plan: StackPlan;
  readonly calls: Calls;
  readonly gatewayUrl: string;
  readonly dynamo: DynamoDb;
  readonly mappings: Mappings;
  /** By name. `models` are the queues of this process; the others are at `sqsEndpoint`. */
  readonly queues: ReadonlyMap<string, StackQueue>;
  readonly models: ReadonlyMap<string, Queue>;
  readonly sqsEndpoint: string | undefined;
  /** By name. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly made: MadeRequests;
  readonly counts: { of(name: string): QueueCounts };
  readonly standstill: StandstillWatch;
  readonly budget: BudgetWatch | undefined;
  readonly atRest: () => Promise<void>;
  readonly cleanup: Cleanup;
}

/** The mapping that is off when each part is paused. */
const BRAKED = {
  reads: 'ReaderMapping',
  computes: 'ComputeMapping',
  writes: 'WriterMapping',
  backfill: 'BackfillMapping',
};

export function localStack(parts: StackParts): LocalStack {
  const { plan, calls, dynamo, mappings, queues, models } = parts;
  const queueOf = (nameOrId: string) => findPlan(plan.queues, nameOrId, 'queue');
  let stopping: Promise<void> | undefined;
  return {
    plan,
    calls,
    gatewayUrl: parts.gatewayUrl,
    made: parts.made,
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
    // Bypasses the gateway: looking at a run is not part of its AWS usage.
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

/** Reads were paused over the budget and nobody resumed them, and everything read has been processed. */
async function overBudget({
  budget,
  plan,
  mappings,
  standstill,
}: StackParts): Promise<Standstill | undefined> {
  const reason = budget?.passed();
  const ids = plan.budget?.mappings ?? [];
  const isPaused = ids.length > 0 && ids.every((id) => mappings.byId.get(id)?.enabled === false);
  if (reason === undefined || !isPaused) return undefined;
  if (standstill.working() > 0 || [...mappings.byId.values()].some(({ busy }) => busy)) return undefined;
  const read = arnsReadBy(ids, plan);
  const others = mappings.sources.filter(({ plan: { arn } }) => !read.includes(arn));
  const counts = await Promise.all(others.map((queue) => queue.counts()));
  const waiting = counts.some(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0);
  return waiting ? undefined : { why: 'over budget', reasons: [reason] };
}

function arnsReadBy(ids: readonly string[], { queueMappings }: StackPlan): string[] {
  return queueMappings.filter(({ id }) => ids.includes(id)).map(({ queueArn }) => queueArn);
}

export function madeQueue(queues: ReadonlyMap<string, StackQueue>, name: string): StackQueue {
  const queue = queues.get(name);
  if (queue === undefined) throw new Error(`queue ${name} was not made`);
  return queue;
}

/**
 * An event source mapping of a table's stream: reads the shards in order, drops records that the filters do
 * not match, and delivers the rest.
 *
 * Lambda polls a stream about four times a second. Here each write rings a bell, and the mapping polls at
 * once.
 */
import { defined } from '../../functions/defined.ts';
import type { Calls } from '../gateway/call-counts.ts';
import type { JsonCall } from '../gateway/json-call.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import type { StreamMappingPlan, StreamViewType } from '../template/stack-spec.ts';
import { compileFilters } from './filter.ts';
import { createGate } from './gate.ts';
import { createBell } from './idle-wait.ts';
import type { Mapping } from './sqs-mapping.ts';
import { deliverBatch, type GivenUpBatch } from './stream-delivery.ts';
import { createLanes, type StreamLanes } from './stream-lanes.ts';
import { createStreamReader } from './stream-reader.ts';
import { type StreamRecord, toStreamRecord } from './stream-records.ts';

export interface StreamMappingOptions {
  readonly plan: StreamMappingPlan;
  readonly call: JsonCall;
  /** The engine's ARN of the stream. */
  readonly engineStreamArn: string;
  readonly viewType: StreamViewType;
  readonly target: LocalFunction;
  readonly calls: Calls;
  readonly onGiveUp: (batch: GivenUpBatch, shardId: string) => void;
  readonly onError: (error: unknown) => void;
  /** Called now and then: all records before this one are finished. */
  readonly onProgress?: (sequenceNumber: string) => void;
  readonly backoffMs?: number;
}

export interface StreamMapping extends Mapping {
  /** The stream has new records. */
  ring(): void;
  /** Resolves when everything in the stream at the time of the call is delivered or given up. */
  drained(): Promise<void>;
}

const IDLE_POLL_MS = 250;
/**
 * Time between polls under load, so that one poll takes many records: a poll for each record would cost more
 * than the work.
 */
const POLL_SPACING_MS = 10;
/** Time between polls when no record is wanted: a pipeline without outputs writes just as often. */
const UNWANTED_SPACING_MS = 50;
const RETRY_AFTER_MS = 1000;
const PAGE_RECORDS_MAX = 1000;
const PROGRESS_EVERY_RECORDS = 1000;

export function startStreamMapping(options: StreamMappingOptions): StreamMapping {
  const { plan, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const gate = createGate(signal);
  const bell = createBell();
  const lanes = createLanes(plan, (records, shardId) => deliver(records, shardId, options, signal), signal);
  const look = createLook(options, lanes);

  // Polls are numbered, so that drained() can wait for one that began after its call.
  let begun = 0;
  let foundNothing = 0;
  const waiters = new Set<() => void>();
  const run = async () => {
    while (!signal.aborted) {
      await gate.opened();
      begun += 1;
      const number = begun;
      let spacingMs = POLL_SPACING_MS;
      try {
        const { found, wanted } = await look();
        if (wanted === 0 && waiters.size === 0) spacingMs = UNWANTED_SPACING_MS;
        if (found === 0) foundNothing = number;
        else bell.ring();
      } catch (error) {
        onError(error);
        await bell.wait(RETRY_AFTER_MS, RETRY_AFTER_MS);
      }
      for (const waiter of waiters) waiter();
      waiters.clear();
      await bell.wait(spacingMs, IDLE_POLL_MS);
    }
  };
  const nextLook = () => new Promise<void>((resolve) => waiters.add(resolve));
  const running = run();
  return {
    get busy() {
      return lanes.busy;
    },
    get enabled() {
      return gate.enabled;
    },
    enable: gate.enable,
    ring: bell.ring,
    async drained() {
      const asked = begun;
      while (!signal.aborted && (foundNothing <= asked || lanes.busy)) {
        bell.ring();
        await (lanes.busy ? lanes.idle() : nextLook());
      }
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await Promise.all([running, lanes.idle()]);
      for (const waiter of waiters) waiter();
    },
  };
}

/** Moves new records into the lanes. Returns how many there were, and how many of them are wanted. */
function createLook(
  options: StreamMappingOptions,
  lanes: StreamLanes,
): () => Promise<{ readonly found: number; readonly wanted: number }> {
  const { plan, calls } = options;
  const reader = createStreamReader({
    call: options.call,
    streamArn: options.engineStreamArn,
    pageSize: Math.min(PAGE_RECORDS_MAX, plan.batchSize * plan.lanes),
    onCall: (operation) => calls.add(plan.id, `DynamoDBStreams.${operation}`),
    delivered: lanes.idle,
  });
  const passes = compileFilters(plan.filters);
  let sinceProgress = 0;
  return async () => {
    await lanes.room();
    let found = 0;
    let wanted = 0;
    for (const { shardId, records } of await reader.read()) {
      const changes = records.map((record) => toStreamRecord(record, plan.streamArn, options.viewType));
      const passed = changes.flatMap(({ record }) =>
        record !== undefined && passes(record) ? [record] : [],
      );
      lanes.push(shardId, passed);
      wanted += passed.length;
      found += records.length;
      sinceProgress += records.length;
      const last = changes.at(-1);
      if (last !== undefined && sinceProgress >= PROGRESS_EVERY_RECORDS) {
        sinceProgress = 0;
        options.onProgress?.(lanes.oldest() ?? last.sequenceNumber);
      }
    }
    return { found, wanted };
  };
}

function deliver(
  records: readonly StreamRecord[],
  shardId: string,
  { plan, target, onGiveUp, onError, backoffMs }: StreamMappingOptions,
  signal: AbortSignal,
): Promise<void> {
  return deliverBatch(records, {
    plan,
    target,
    signal,
    onGiveUp: (batch) => onGiveUp(batch, shardId),
    ...defined({ backoffMs }),
  }).catch(onError);
}

/** Small parts for most tests: a pipeline, messages as Lambda hands them over, a queue that only records. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { createStateCache } from '../functions/compute/cache.ts';
import type { ComputePorts } from '../functions/compute/commit-step.ts';
import { fold } from '../functions/compute/fold.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { defined } from '../functions/defined.ts';
import { singleReading } from '../functions/encode-readings.ts';
import type { IncomingMessage } from '../functions/incoming-message.ts';
import { packReadings } from '../functions/pack.ts';
import { definePipeline, type Pipeline } from '../functions/pipeline.ts';
import type { Observation, Outbox, OutgoingMessage, SendFailure } from '../functions/ports.ts';
import type { EncodedMessage } from '../functions/readings.ts';
import { stateOf as stateIn } from '../functions/state.ts';
import { createInstantClock, type TestClock } from './clocks.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { createMemoryTrials } from './memory-trials.ts';

/** A pipeline whose state shows what was applied and in which order. Reads give what the request says. */
export function buildPipeline(parts: Partial<Pipeline> = {}): Pipeline {
  const pipeline = definePipeline({
    name: 'test',
    request: v.unknown(),
    read: async () => [0],
    initial: (): { seen: unknown[]; hash: string } => ({ seen: [], hash: '' }),
    compute: (state, reading: unknown) => ({
      seen: [...state.seen, reading],
      hash: digest(state.hash + JSON.stringify(reading)),
    }),
  });
  return { ...pipeline, ...parts, limits: { ...pipeline.limits, lingerMs: 0, ...parts.limits } };
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export interface MessageParts {
  readonly key?: string;
  readonly request?: string;
  readonly readings?: readonly unknown[];
  /** Its place in the queue. A message delivered again has the same, one sent again has another. */
  readonly sequence?: number;
  readonly receiveCount?: number;
  readonly since?: number;
  readonly sentAt?: number;
  /** Which of the messages that the readings were packed into. */
  readonly chunk?: number;
  /** The request's place in its key's order, in pipelines of request order. */
  readonly turn?: number;
  /** See Turn. */
  readonly start?: number;
  readonly follows?: number;
  /** As it comes back from the dead-letter queue, with this reading alone. */
  readonly alone?: number;
}

export function buildMessage(parts: MessageParts = {}): IncomingMessage {
  const { key = 'k', request = 'r', readings = [1], sequence = 1, receiveCount = 1, chunk = 0 } = parts;
  const { since = 1_000_000, turn, start, follows } = parts;
  const origin = { id: request, since, ...defined({ sequence: turn, start, follows }) };
  const whole = packReadings(origin, readings, () => key).get(key)?.[chunk];
  if (whole === undefined) throw new Error(`no message ${chunk} of these readings`);
  const message =
    parts.alone === undefined ? whole : singleReading(decodeMessage(whole.body), parts.alone, '');
  return deliver(message, { sequence, receiveCount, sentAt: parts.sentAt ?? since });
}

/** An encoded message as the queue hands it over. */
export function deliver(
  { key, body, group }: EncodedMessage,
  { sequence = 1, receiveCount = 1, sentAt = 1_000_000 }: MessageParts = {},
): IncomingMessage {
  const sequenceNumber = String(sequence);
  return buildIncoming({
    messageId: `${key}-${sequence}`,
    body,
    group,
    sequenceNumber,
    receiveCount,
    sentAt,
  });
}

export function buildIncoming(parts: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    messageId: 'm-1',
    receiptHandle: `handle of ${parts.messageId ?? 'm-1'}`,
    body: '{}',
    receiveCount: 1,
    sentAt: 1_000_000,
    group: '',
    sequenceNumber: '',
    attributes: {},
    ...parts,
  };
}

export interface RecordingOutbox extends Outbox {
  /** What SQS took, and the calls with what was in each. */
  readonly taken: OutgoingMessage[];
  readonly calls: OutgoingMessage[][];
}

export type Refuse = (message: OutgoingMessage, call: number) => SendFailure | undefined;

/** A queue that takes everything but what `refuse` refuses; what `refuse` throws is a call without an answer. */
export function createRecordingOutbox(refuse: Refuse = () => undefined): RecordingOutbox {
  const taken: OutgoingMessage[] = [];
  const calls: OutgoingMessage[][] = [];
  return {
    taken,
    calls,
    async sendBatch(messages) {
      calls.push([...messages]);
      const failures = messages.map((message) => refuse(message, calls.length));
      taken.push(...messages.filter((_, index) => failures[index] === undefined));
      return failures;
    },
  };
}

/** Repeats the same numbers from 0 up to 1 in every run. */
export function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export interface ComputeStage extends ComputePorts {
  readonly store: MemoryStore;
  readonly clock: TestClock;
  readonly observations: Observation[];
}

/** One environment of the compute function. Two of them that share a store are two environments. */
export function buildCompute(parts: Partial<ComputeStage> = {}): ComputeStage {
  const observations: Observation[] = [];
  const { pipeline = buildPipeline(), clock = createInstantClock(1_000_000) } = parts;
  return {
    pipeline,
    store: createMemoryStore(),
    cache: createStateCache(1_000_000),
    clock,
    random: createRandom(),
    trials: createMemoryTrials(),
    foldApart: async (input) => fold(pipeline, clock, input),
    observe: (observation) => observations.push(observation),
    observations,
    ...parts,
  };
}

/** The state of a key as its pipeline sees it. */
export function stateOf(store: MemoryStore, key = 'k'): unknown {
  const item = store.item(key);
  return item === undefined ? undefined : stateIn(item);
}

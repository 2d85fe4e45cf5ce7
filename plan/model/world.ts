/** The parts that the stages of the model share: time, randomness, the work, and counters. */
import type { Random } from '../../functions/ports.ts';
import { type Distribution, draw } from '../distribution.ts';
import type { Profile } from '../profile.ts';
import type { Events } from './events.ts';
import { createProcessor, type Processor } from './processor.ts';

export interface Request {
  readonly at: number;
  readonly keys: readonly number[];
  /** Place in the order of its key: 1, 2, 3 ... */
  readonly sequence: number;
  /** False for requests of the warm-up. */
  readonly measured: boolean;
  readMs: number;
  attempt: number;
  readAt: number;
}

export interface Message {
  readonly key: number;
  readonly request: Request;
  readonly readEndAt: number;
  sentAt: number;
  computeAt: number;
  committedAt: number;
}

/** The pipeline's data that the model needs, derived from the workload. */
export interface Work {
  readonly read: Distribution;
  readonly write: Distribution | undefined;
  readonly keysPerRequest: number;
  readonly messagesPerKey: number;
  readonly readingsPerMessage: number;
  readonly computeMs: number;
  /** Time in which the reader folds the readings of a request. */
  readonly foldMs: number;
  readonly messageBytes: number;
  readonly outputsPerMessage: number;
  readonly inRequestOrder: boolean;
  readonly lingerMs: number;
  readonly commitAfterMs: number;
  readonly readTimeoutMs: number;
  readonly readAttempts: number;
  readonly readsPerInvocation: number;
  /** How long after its start an invocation still pulls requests. */
  readonly pullForMs: number;
  /** The factor by which work takes longer on a function's share of a processor. */
  readonly slowdown: number;
  /** Number of keys whose items the environments' caches can hold. */
  readonly cachedKeys: number;
}

export interface Counts {
  sends: number;
  /** Send calls as SQS bills them: one for every 64 KB. */
  sendUnits: number;
  /** Number of groups in each send call, added up. */
  sendGroups: number;
  /** The reader's own receives, including empty ones, and its deletes. */
  pulls: number;
  pullDeletes: number;
  commits: number;
  loads: number;
  /** Writes that failed because another environment had written the key. */
  conflicts: number;
  parked: number;
  retries: number;
  dead: number;
  writerInvocations: number;
  writerBilledMs: number;
}

export interface World {
  readonly events: Events;
  readonly random: Random;
  readonly profile: Profile;
  readonly work: Work;
  readonly counts: Counts;
  readonly processor: Processor;
  time(time: Distribution): number;
  /** A call to an AWS service, until its answer is there. */
  call(time: Distribution, then: () => void): void;
  /** A call to DynamoDB. */
  callTable(time: Distribution, then: () => void): void;
}

export function createWorld(parts: Pick<World, 'events' | 'random' | 'profile' | 'work'>): World {
  const { events, random, profile } = parts;
  const processor = createProcessor(events, profile.cores);
  const [services, engine] = [processor.thread(), processor.thread()];
  const time = (distribution: Distribution) => draw(distribution, random);
  const call = (distribution: Distribution, then: () => void) => {
    if (profile.callMs === 0) events.after(time(distribution), then);
    else processor.run(services, profile.callMs, () => events.after(time(distribution), then));
  };
  return {
    ...parts,
    counts: {
      sends: 0,
      sendUnits: 0,
      sendGroups: 0,
      pulls: 0,
      pullDeletes: 0,
      commits: 0,
      loads: 0,
      conflicts: 0,
      parked: 0,
      retries: 0,
      dead: 0,
      writerInvocations: 0,
      writerBilledMs: 0,
    },
    processor,
    time,
    call,
    callTable(distribution, then) {
      if (profile.engineMs === 0) call(distribution, then);
      else call(distribution, () => processor.run(engine, profile.engineMs, then));
    },
  };
}

/** What the stages of the model share: the time, chance, the work at hand, and what is counted on the way. */
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
  /** False for those of the warm-up. */
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

/** What the model needs to know of the pipeline, worked out from the workload. */
export interface Work {
  readonly read: Distribution;
  readonly write: Distribution | undefined;
  readonly keysPerRequest: number;
  readonly messagesPerKey: number;
  readonly readingsPerMessage: number;
  readonly computeMs: number;
  /** Of the reader, for the readings of a request. */
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
  /** How much longer everything takes on a function's share of a processor. */
  readonly slowdown: number;
  /** Keys whose items an environment keeps. */
  readonly cachedKeys: number;
}

export interface Counts {
  sends: number;
  /** Calls as SQS bills them: one for every 64 KB. */
  sendUnits: number;
  /** Parts of send calls, one for each group in it. */
  sendGroups: number;
  /** The reader's own receives, those that found nothing included, and deletes. */
  pulls: number;
  pullDeletes: number;
  commits: number;
  loads: number;
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
  /** A call of an AWS service, from when it has left to when its answer is there. */
  call(time: Distribution, then: () => void): void;
  /** One of DynamoDB. */
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

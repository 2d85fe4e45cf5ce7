/** What the stages of the model share: the time, chance, the work at hand, and what is counted on the way. */
import type { Random } from '../../functions/ports.ts';
import { type Distribution, draw } from '../distribution.ts';
import type { Profile } from '../profile.ts';
import type { Events } from './events.ts';

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
  readonly messageBytes: number;
  readonly outputsPerMessage: number;
  readonly inRequestOrder: boolean;
  readonly lingerMs: number;
  readonly commitAfterMs: number;
  readonly readTimeoutMs: number;
  readonly readAttempts: number;
  readonly readsPerInvocation: number;
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
  /** A time of the profile, with the wait for the thread that all calls share. */
  call(time: Distribution): number;
  time(time: Distribution): number;
}

export function createWorld(parts: Pick<World, 'events' | 'random' | 'profile' | 'work'>): World {
  const { events, random, profile } = parts;
  let threadFreeAt = 0;
  const time = (distribution: Distribution) => draw(distribution, random);
  return {
    ...parts,
    counts: {
      ...{ sends: 0, sendUnits: 0, sendGroups: 0, pulls: 0, pullDeletes: 0, commits: 0, loads: 0 },
      ...{ parked: 0, retries: 0, dead: 0, writerInvocations: 0, writerBilledMs: 0 },
    },
    time,
    call(distribution) {
      if (profile.sharedThreadMs === 0) return time(distribution);
      threadFreeAt = Math.max(events.now, threadFreeAt) + profile.sharedThreadMs;
      return threadFreeAt - events.now + time(distribution);
    },
  };
}

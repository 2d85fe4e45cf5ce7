/**
 * Exact totals of a run's observations, at any length: sums, a sum for each key, and eight bytes for each
 * request. The picture is drawn from a sample (observation-log.ts); printed numbers never are.
 */
import type { Observation } from '../../functions/ports.ts';
import { createIdSet, type IdSet } from './id-set.ts';
import type { RunObservation } from './observed.ts';

export interface Seen {
  /** Requests with a successful read. */
  readonly read: IdSet;
  /** Readings and duration of the successful reads, each request once. */
  readonly readings: number;
  readonly readMs: number;
  /** By key: the duration and the readings of its computations, including repeated ones. */
  readonly computed: ReadonlyMap<string, Computed>;
  /** Delivered outputs; one that was delivered twice counts twice. */
  readonly outputs: number;
  /** By name of the source: what it refused, and what was given back to be read later. */
  readonly sources: ReadonlyMap<string, SourceSeen>;
  /** Failures that differ in stage or reason. */
  readonly failures: ReadonlyMap<string, FailureGroup>;
  /** Epoch ms: the end of the last piece of work. */
  readonly lastEnd: number | undefined;
  /** Epoch ms at which the first read ended, the first computation began and the first commit was made. */
  readonly first: Partial<Record<'read' | 'computation' | 'commit', number>>;
}

export interface Computed {
  readonly ms: number;
  readonly readings: number;
}

export interface FailureGroup {
  readonly stage: string;
  readonly reason: string;
  /** Messages that returned to their queue or were set aside; a message counts each time. */
  readonly messages: number;
}

export interface SourceSeen {
  readonly refused: number;
  readonly givenBack: number;
}

/** Most different reasons that are kept: a reason may name its subject and so differ each time. */
export const REASONS_MAX = 1_000;
/** Most sources that are counted, as many as an environment tells apart. A source may be one of millions of hosts. */
export const SOURCES_MAX = 10_000;

export interface Tally {
  readonly seen: Seen;
  add(observation: Observation): void;
}

export function createTally(): Tally {
  const computed = new Map<string, Computed>();
  const failures = new Map<string, FailureGroup>();
  const sources = new Map<string, SourceSeen>();
  const read = createIdSet();
  const first: { -readonly [Mark in keyof Seen['first']]: number } = {};
  const sums = { readings: 0, readMs: 0, outputs: 0, lastEnd: undefined as number | undefined };
  const mark = (what: keyof Seen['first'], at: number) => {
    first[what] = Math.min(first[what] ?? at, at);
  };
  const count = (observation: Observation): void => {
    switch (observation.kind) {
      case 'read':
        if (observation.outcome !== 'done') return;
        mark('read', observation.end);
        // A request that was delivered twice is read twice; a sequential run would read it once.
        if (!read.add(observation.request)) return;
        sums.readings += observation.readings;
        sums.readMs += durationOf(observation);
        return;
      case 'compute': {
        mark('computation', observation.start);
        const { ms = 0, readings = 0 } = computed.get(observation.key) ?? {};
        const total = { ms: ms + durationOf(observation), readings: readings + observation.readings };
        computed.set(observation.key, total);
        return;
      }
      case 'commit':
        if (observation.outcome === 'committed') mark('commit', observation.end);
        return;
      case 'write':
        if (observation.outcome === 'done') sums.outputs += observation.outputs;
        return;
      case 'failure':
        countFailure(observation, failures);
        return;
      case 'source':
        countSource(observation, sources);
    }
  };
  return {
    get seen() {
      return { read, computed, sources, failures, first, ...sums };
    },
    add(observation) {
      if ('end' in observation) sums.lastEnd = Math.max(sums.lastEnd ?? observation.end, observation.end);
      count(observation);
    },
  };
}

export function seenIn(observations: readonly RunObservation[]): Seen {
  const tally = createTally();
  for (const observation of observations) tally.add(observation);
  return tally.seen;
}

function countSource(
  { source, refused, givenBack }: Extract<Observation, { kind: 'source' }>,
  sources: Map<string, SourceSeen>,
): void {
  const known = sources.get(source);
  if (known === undefined && sources.size === SOURCES_MAX) return;
  sources.set(source, {
    refused: (known?.refused ?? 0) + refused,
    givenBack: (known?.givenBack ?? 0) + givenBack,
  });
}

function countFailure(
  { stage, reason, messages }: Extract<Observation, { kind: 'failure' }>,
  failures: Map<string, FailureGroup>,
): void {
  const named = JSON.stringify([stage, reason]);
  const told = failures.has(named) || failures.size < REASONS_MAX;
  const group = told ? { stage, reason } : { stage, reason: `another of more than ${REASONS_MAX} reasons` };
  const name = told ? named : JSON.stringify([stage]);
  const known = failures.get(name)?.messages ?? 0;
  failures.set(name, { ...group, messages: known + messages });
}

function durationOf({ start, end }: { readonly start: number; readonly end: number }): number {
  return Math.max(0, end - start);
}

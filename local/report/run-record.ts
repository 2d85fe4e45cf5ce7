/**
 * The record of a run, and its summary. The runner of the functions writes the record; the summary is
 * printed, drawn and saved as JSON.
 *
 * Counts of readings come from the committed items, which are exact. Observations may repeat (a request read
 * twice, a fold repeated after a conflict), so they serve for times only, each piece of work once.
 */
import { defined } from '../../functions/defined.ts';
import { parseJson } from '../../functions/json.ts';
import type { KeyItem } from '../../functions/state.ts';
import type { DeadLetter, RunObservation } from './observed.ts';
import { type FailureGroup, type Seen, seenIn } from './seen.ts';
import {
  type DeadLetterGroup,
  groupDeadLetters,
  needlessSources,
  type RefusingSource,
  refusingSources,
  type StoppedKey,
  sortedFailures,
  stoppedKeys,
  type WaitingKeyOfRun,
  waitingKeys,
} from './troubles.ts';

export interface RunRecord {
  readonly pipeline: string;
  /**
   * Epoch milliseconds: when the first request was submitted, and when the run was at rest or was given up.
   */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Number of requests submitted. */
  readonly requests: number;
  /** Those of them that went to the backfill lane, if any did. */
  readonly backfill?: number;
  /** Those of them that reads, writes, schedules, feeds or commands made, if any did. */
  readonly made?: number;
  /** The observations to draw: all of them, or one in `oneIn` of each kind. */
  readonly observations: readonly RunObservation[];
  readonly oneIn?: number;
  /** Totals of all observations; default: the totals of those above. */
  readonly seen?: Seen;
  readonly items: readonly KeyItem[];
  readonly deadLetters: readonly DeadLetter[];
  /** By "Service.Operation". */
  readonly calls: Readonly<Record<string, number>>;
  /** ReceiveMessage calls that returned nothing: a cost of waiting, not of work. */
  readonly emptyReceives: number;
  /** Outputs that no write accepted, set aside with their data. */
  readonly failedOutputs: number;
}

export interface Summary {
  readonly pipeline: string;
  /** Every request and every reading has a known end. */
  readonly complete: boolean;
  /**
   * Neither applied nor skipped nor dead-lettered. A negative number of readings means that more were applied
   * than read.
   */
  readonly unaccounted: { readonly requests: number; readonly readings: number };
  readonly requests: number;
  /** Those of them that went to the backfill lane, if any did. */
  readonly backfill?: number;
  /** Those of them that reads, writes, schedules, feeds or commands made, if any did. */
  readonly made?: number;
  readonly readings: number;
  readonly applied: number;
  readonly skipped: number;
  /** Delivered outputs; one that was delivered twice counts twice. */
  readonly outputs: number;
  readonly failedOutputs: number;
  readonly deadLettered: number;
  readonly deadLetters: readonly DeadLetterGroup[];
  /** Sources that refused reads; these were read again later, and count neither as failures nor as dead letters. */
  readonly refusals: readonly RefusingSource[];
  /** Set if `source.of` names so many sources that their limits limit little. */
  readonly needlessSources?: string;
  /** Work that failed and was tried again or dead-lettered. */
  readonly failures: readonly FailureGroup[];
  /** Messages that wait for an earlier one of their key, or for their key to be resumed. */
  readonly parked: number;
  readonly stopped: readonly StoppedKey[];
  /** Keys of request order that wait for their next place. */
  readonly waiting: readonly WaitingKeyOfRun[];
  /** Wakes that keys still wait for, and when the next one is due (epoch ms). */
  readonly wakes: { readonly later: number; readonly next: number | undefined };
  /** From the first submission to the end of the last read, compute, commit or write. */
  readonly makespanMs: number;
  /** The same successful reads and computations, one after another without gaps. */
  readonly sequentialMs: number;
  readonly speedup: number;
  /** Milliseconds from the start of the run until the first read ended, the first computation began and the first commit was made. */
  readonly first: Seen['first'];
  readonly calls: Readonly<Record<string, number>>;
  readonly emptyReceives: number;
  /** The state of each key. The object has no prototype, because a key may be called __proto__. */
  readonly keys: Readonly<Record<string, unknown>>;
}

export function summarize(record: RunRecord): Summary {
  const seen = seenOf(record);
  const { readings } = seen;
  const counts = totalCounts(record.items);
  const makespanMs = makespanOf(record, seen);
  const sequentialMs = seen.readMs + computeMs(record, seen);
  const unaccounted = {
    requests: record.requests - accountedRequests(record, seen),
    readings:
      readings +
      deadWakes(record) -
      counts.applied -
      counts.skipped -
      Math.max(counts.dead, deadReadings(record)),
  };
  return {
    pipeline: record.pipeline,
    complete: unaccounted.requests === 0 && unaccounted.readings === 0,
    unaccounted,
    requests: record.requests,
    ...defined({ backfill: record.backfill, made: record.made }),
    readings,
    applied: counts.applied,
    skipped: counts.skipped,
    outputs: seen.outputs,
    failedOutputs: record.failedOutputs,
    deadLettered: record.deadLetters.length,
    deadLetters: groupDeadLetters(record.deadLetters),
    refusals: refusingSources(seen.sources),
    ...defined({ needlessSources: needlessSources(seen) }),
    failures: sortedFailures(seen.failures),
    parked: sum(record.items, (item) => item.parked),
    stopped: stoppedKeys(record.items),
    waiting: waitingKeys(record.items),
    wakes: wakesLater(record.items),
    makespanMs: rounded(makespanMs),
    sequentialMs: rounded(sequentialMs),
    speedup: makespanMs > 0 ? rounded(sequentialMs / makespanMs) : 1,
    first: firstMs(record, seen),
    calls: record.calls,
    emptyReceives: record.emptyReceives,
    keys: statesByKey(record.items),
  };
}

export function seenOf({ seen, observations }: Pick<RunRecord, 'seen' | 'observations'>): Seen {
  return seen ?? seenIn(observations);
}

function firstMs({ startedAt }: RunRecord, { first }: Seen): Seen['first'] {
  return Object.fromEntries(Object.entries(first).map(([what, at]) => [what, rounded(at - startedAt)]));
}

function totalCounts(items: readonly KeyItem[]): KeyItem['counts'] {
  return {
    applied: sum(items, (item) => item.counts.applied),
    skipped: sum(items, (item) => item.counts.skipped),
    dead: sum(items, (item) => item.counts.dead),
  };
}

function makespanOf({ startedAt, endedAt }: RunRecord, { lastEnd }: Seen): number {
  // The wait that confirms that a run is at rest is not part of the work.
  return Math.max(0, (lastEnd ?? endedAt) - startedAt);
}

/**
 * Removes folds that were repeated after a conflict or a crash, by proportion: for each key, the mean time of
 * a reading times the number of readings that the item has counted.
 */
function computeMs({ items }: RunRecord, { computed }: Seen): number {
  const taken = new Map(items.map(({ key, counts }) => [key, countOf(counts)]));
  return sum([...computed], ([key, { ms, readings }]) =>
    readings === 0 ? 0 : ms * Math.min(1, (taken.get(key) ?? 0) / readings),
  );
}

function accountedRequests({ deadLetters }: RunRecord, { read }: Seen): number {
  const dead = deadLetters.filter(({ stage }) => stage === 'read' || stage === 'feed');
  const named = new Set(
    dead.flatMap(({ request }) => (request === undefined || read.has(request) ? [] : [request])),
  );
  return read.size + named.size + dead.filter(({ request }) => request === undefined).length;
}

/**
 * Readings that compute refused are in the items' counts too; those that SQS moved after too many receives
 * are only here.
 */
function wakesLater(items: readonly KeyItem[]): Summary['wakes'] {
  const times = items.flatMap(({ wakes = [] }) => wakes.filter(({ spent }) => !spent).map(({ at }) => at));
  return {
    later: times.length,
    next: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
  };
}

function deadWakes({ deadLetters }: RunRecord): number {
  return deadLetters.filter(({ wake }) => wake).length;
}

function deadReadings({ deadLetters }: RunRecord): number {
  return sum(deadLetters, ({ stage, readings = 1 }) =>
    stage === 'compute' || stage === 'decode' ? readings : 0,
  );
}

function statesByKey(items: readonly KeyItem[]): Record<string, unknown> {
  const states: Record<string, unknown> = Object.create(null);
  for (const { key, state } of [...items].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    if (state === undefined) continue; // Its `initial` has failed so far.
    states[key] = parseJson(state, `the state of key ${JSON.stringify(key)}`);
  }
  return states;
}

/** Readings that an item has counted, whatever their outcome. */
export function countOf({ applied, skipped, dead }: KeyItem['counts']): number {
  return applied + skipped + dead;
}

function sum<Thing>(things: readonly Thing[], of: (thing: Thing) => number): number {
  return things.reduce((total, thing) => total + of(thing), 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/**
 * What a run was, and what it comes to. The runner of the functions writes the record; the summary is what is
 * printed, drawn and saved as JSON.
 *
 * What happened to readings is taken from the counts in the committed items, which are exact; observations may
 * repeat (a request read twice, a fold made again after a conflict) and serve for times only, each piece of work once.
 */
import { parseJson } from '../../functions/json.ts';
import type { KeyItem } from '../../functions/state.ts';
import { type DeadLetter, isTimed, type RunObservation, type TimedObservation } from './observed.ts';
import {
  type DeadLetterGroup,
  type FailureGroup,
  groupDeadLetters,
  groupFailures,
  type StoppedKey,
  stoppedKeys,
} from './troubles.ts';

export interface RunRecord {
  readonly pipeline: string;
  /** Epoch milliseconds: when the first request was submitted, and when the run was given up or at rest. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many requests were submitted. */
  readonly requests: number;
  readonly observations: readonly RunObservation[];
  readonly items: readonly KeyItem[];
  readonly deadLetters: readonly DeadLetter[];
  /** By "Service.Operation". */
  readonly calls: Readonly<Record<string, number>>;
  /** ReceiveMessage calls that brought nothing: a cost of waiting, not of work. */
  readonly emptyReceives: number;
  /** Outputs that no write took, put aside with their data. */
  readonly failedOutputs: number;
}

export interface Summary {
  readonly pipeline: string;
  /** Every request and every reading ended somewhere known. */
  readonly complete: boolean;
  /** Neither applied nor skipped nor dead-lettered. A negative number of readings: more were applied than read. */
  readonly unaccounted: { readonly requests: number; readonly readings: number };
  readonly requests: number;
  readonly readings: number;
  readonly applied: number;
  readonly skipped: number;
  /** Delivered outputs; one that was delivered twice counts twice. */
  readonly outputs: number;
  readonly failedOutputs: number;
  readonly deadLettered: number;
  readonly deadLetters: readonly DeadLetterGroup[];
  /** What failed and was tried again, or ended among the dead letters. */
  readonly failures: readonly FailureGroup[];
  /** Messages that wait for an earlier one of their key, or for their key to be resumed. */
  readonly parked: number;
  readonly stopped: readonly StoppedKey[];
  /** Wakes that keys still wait for, and when the next one is due (epoch ms). */
  readonly wakes: { readonly later: number; readonly next: number | undefined };
  /** From the first submission to the end of the last read, compute, commit or write. */
  readonly makespanMs: number;
  /** The same successful reads and the same computations, one after the other, with nothing in between. */
  readonly sequentialMs: number;
  readonly speedup: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly emptyReceives: number;
  /** The state of each key. No prototype: a key may be called __proto__. */
  readonly keys: Readonly<Record<string, unknown>>;
}

export function summarize(record: RunRecord): Summary {
  const reads = firstSuccessfulReads(record.observations);
  const counts = totalCounts(record.items);
  const readings = sum([...reads.values()], (read) => read.readings);
  const makespanMs = makespanOf(record);
  const sequentialMs = sum([...reads.values()], durationOf) + computeMs(record);
  const unaccounted = {
    requests: record.requests - accountedRequests(record, reads),
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
    readings,
    applied: counts.applied,
    skipped: counts.skipped,
    outputs: sum(record.observations, (o) => (o.kind === 'write' && o.outcome === 'done' ? o.outputs : 0)),
    failedOutputs: record.failedOutputs,
    deadLettered: record.deadLetters.length,
    deadLetters: groupDeadLetters(record.deadLetters),
    failures: groupFailures(record.observations),
    parked: sum(record.items, (item) => item.parked),
    stopped: stoppedKeys(record.items),
    wakes: wakesLater(record.items),
    makespanMs: rounded(makespanMs),
    sequentialMs: rounded(sequentialMs),
    speedup: makespanMs > 0 ? rounded(sequentialMs / makespanMs) : 1,
    calls: record.calls,
    emptyReceives: record.emptyReceives,
    keys: statesByKey(record.items),
  };
}

type Read = Extract<TimedObservation, { kind: 'read' }>;

/** A request that was delivered twice is read twice; a sequential run would have read it once. */
function firstSuccessfulReads(observations: readonly RunObservation[]): Map<string, Read> {
  const reads = new Map<string, Read>();
  for (const observation of observations) {
    if (observation.kind !== 'read' || observation.outcome !== 'done') continue;
    const known = reads.get(observation.request);
    if (known === undefined || observation.end < known.end) reads.set(observation.request, observation);
  }
  return reads;
}

function totalCounts(items: readonly KeyItem[]): KeyItem['counts'] {
  return {
    applied: sum(items, (item) => item.counts.applied),
    skipped: sum(items, (item) => item.counts.skipped),
    dead: sum(items, (item) => item.counts.dead),
  };
}

function makespanOf({ observations, startedAt, endedAt }: RunRecord): number {
  let last = Number.NEGATIVE_INFINITY;
  const timed = observations.filter(isTimed);
  for (const { end } of timed) last = Math.max(last, end);
  // The wait that tells a run at rest from a pause is not part of the work.
  return Math.max(0, (timed.length === 0 ? endedAt : last) - startedAt);
}

/**
 * Folds that were made again after a conflict or a crash are taken out by proportion: per key, the mean time of a
 * reading times the number of readings that the item has taken in.
 */
function computeMs(record: RunRecord): number {
  const taken = new Map(record.items.map(({ key, counts }) => [key, countOf(counts)]));
  const seen = new Map<string, { ms: number; readings: number }>();
  for (const observation of record.observations) {
    if (observation.kind !== 'compute') continue;
    const total = seen.get(observation.key) ?? { ms: 0, readings: 0 };
    total.ms += durationOf(observation);
    total.readings += observation.readings;
    seen.set(observation.key, total);
  }
  return sum([...seen], ([key, { ms, readings }]) =>
    readings === 0 ? 0 : ms * Math.min(1, (taken.get(key) ?? 0) / readings),
  );
}

function accountedRequests(record: RunRecord, reads: ReadonlyMap<string, Read>): number {
  const dead = record.deadLetters.filter(({ stage }) => stage === 'read');
  const named = new Set(reads.keys());
  for (const { request } of dead) if (request !== undefined) named.add(request);
  return named.size + dead.filter(({ request }) => request === undefined).length;
}

/** Those that compute refused are in the items' counts too; those that SQS moved after too many tries are only here. */
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
    if (state === undefined) continue; // Its initial has failed so far.
    states[key] = parseJson(state, `the state of key ${JSON.stringify(key)}`);
  }
  return states;
}

/** Readings that an item has taken in, whatever became of them. */
export function countOf({ applied, skipped, dead }: KeyItem['counts']): number {
  return applied + skipped + dead;
}

function durationOf({ start, end }: { start: number; end: number }): number {
  return Math.max(0, end - start);
}

function sum<Thing>(things: readonly Thing[], of: (thing: Thing) => number): number {
  return things.reduce((total, thing) => total + of(thing), 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

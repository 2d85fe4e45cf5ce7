/**
 * Folds the same readings in the ways in which Weir may compute them: all again, keys alternately, and ten
 * readings on one state that stays an object between them, as in a batch. A pure compute gives the same
 * result each time.
 */
import { isDeepStrictEqual } from 'node:util';
import { encodeState } from '../functions/compute/state-text.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { differencesOf } from '../functions/value-diff.ts';
import {
  callCompute,
  computeOnce,
  type Incoming,
  initialState,
  nameReading,
  type PlainFold,
} from './plain-fold.ts';
import { type Finding, type Findings, show, UNREPEATABLE } from './report.ts';

/** Readings that are computed on one state before it goes through its JSON text. */
const BATCH = 10;

interface Refolded {
  state: string;
  outputs: string[];
  /** The first reading after which the state or outputs differ from those of the plain fold. */
  differs: { readonly after: Incoming; readonly plain: unknown; readonly other: unknown } | undefined;
}

interface Stored {
  readonly state: string;
  readonly outputs: readonly string[];
}

type Refold = (pipeline: Pipeline, folds: readonly PlainFold[]) => Refolded[];

/** `asked`: the uses of the outside world that were recorded. */
export function findImpurity(
  pipeline: Pipeline,
  folds: readonly PlainFold[],
  asked: ReadonlySet<string>,
  problems: Findings,
): void {
  for (const [refold, how, wayOut] of WAYS) {
    const found = refold(pipeline, folds).flatMap(({ differs }) =>
      differs === undefined ? [] : [describe(differs, how, wayOut)],
    );
    for (const finding of found) problems.add(asked.size === 0 ? finding : blame(finding, asked));
    if (found.length > 0) return;
  }
}

function describe(
  { after, plain, other }: NonNullable<Refolded['differs']>,
  how: string,
  wayOut: string,
): Finding {
  const text = `after ${nameReading(after)} the result differs when ${how}:\n${showDifferences(plain, other)}`;
  return { kind: 'not pure', text, wayOut };
}

function blame(finding: Finding, asked: ReadonlySet<string>): Finding {
  const text = `${finding.text}\n  compute used ${[...asked].join(' and ')}`;
  return { kind: 'not deterministic', text, wayOut: UNREPEATABLE };
}

const OUTSIDE =
  'compute keeps something outside its state, in a module variable or a closure: keep it in the state.';

const WAYS: readonly (readonly [Refold, string, string])[] = [
  [foldAgain, 'the same readings are folded a second time, key by key from the last to the first', OUTSIDE],
  [foldInTurn, 'the readings of all keys are folded alternately', OUTSIDE],
  [
    foldInBatches,
    `${BATCH} readings are computed on one state before it is stored, instead of one`,
    'A state comes back from storage as new, plain JSON: one object with two names becomes two objects, and anything ' +
      'attached to an object from outside (WeakMap, symbol, hidden property) is gone. Keep each object once, under one name.',
  ],
];

function foldAgain(pipeline: Pipeline, folds: readonly PlainFold[]): Refolded[] {
  return folds
    .toReversed()
    .map((fold) => {
      const refolded = begin(pipeline, fold);
      for (const place of fold.readings.keys()) advance(pipeline, fold, place, refolded);
      return refolded;
    })
    .reverse();
}

function foldInTurn(pipeline: Pipeline, folds: readonly PlainFold[]): Refolded[] {
  const refolded = folds.map((fold) => begin(pipeline, fold));
  const longest = Math.max(...folds.map(({ readings }) => readings.length));
  for (let place = 0; place < longest; place += 1) {
    folds.forEach((fold, index) => {
      const own = refolded[index];
      if (own !== undefined) advance(pipeline, fold, place, own);
    });
  }
  return refolded;
}

function begin(pipeline: Pipeline, { key }: PlainFold): Refolded {
  return { state: initialState(pipeline, key), outputs: [], differs: undefined };
}

function advance(pipeline: Pipeline, fold: PlainFold, place: number, refolded: Refolded): void {
  const incoming = fold.readings[place];
  if (incoming === undefined) return;
  const step = computeOnce(pipeline, refolded.state, incoming);
  if (!('error' in step)) take(refolded, step);
  compare(fold, place, refolded);
}

function take(refolded: Refolded, { state, outputs }: Stored): void {
  refolded.state = state;
  refolded.outputs.push(...outputs);
}

/** Compares with the plain fold after the same reading; outputs are compared at the end. */
function compare(fold: PlainFold, place: number, refolded: Refolded): void {
  const [after, state] = [fold.readings[place], fold.states[place + 1]];
  if (refolded.differs !== undefined || after === undefined || state === undefined) return;
  const isLast = place === fold.readings.length - 1;
  const outcomeOf = (text: string, outputs: readonly string[]) => ({
    state: parse(text),
    ...(isLast ? { outputs: outputs.map(parse) } : {}),
  });
  if (state === refolded.state && !isLast) return;
  const plain = outcomeOf(state, fold.outputs);
  const other = outcomeOf(refolded.state, refolded.outputs);
  if (!isDeepStrictEqual(plain, other)) refolded.differs = { after, plain, other };
}

/** Like the compute function, it computes a batch again reading by reading if its state cannot be stored. */
function foldInBatches(pipeline: Pipeline, folds: readonly PlainFold[]): Refolded[] {
  return folds.map((fold) => {
    const refolded = begin(pipeline, fold);
    for (let start = 0; start < fold.readings.length; start += BATCH) {
      const places = Array.from({ length: BATCH }, (_, index) => start + index);
      const sound = places.filter((place) => place < fold.readings.length && !fold.failed.has(place));
      const batch = computeBatch(pipeline, fold, sound, refolded.state);
      if (batch === undefined) for (const place of sound) advance(pipeline, fold, place, refolded);
      else {
        take(refolded, batch);
        compare(fold, Math.min(start + BATCH, fold.readings.length) - 1, refolded);
      }
    }
    return refolded;
  });
}

function computeBatch(
  pipeline: Pipeline,
  { key, readings }: PlainFold,
  places: readonly number[],
  text: string,
): Stored | undefined {
  let state: unknown = JSON.parse(text);
  const outputs: string[] = [];
  for (const place of places) {
    const incoming = readings[place];
    if (incoming === undefined) continue;
    const called = callCompute(pipeline, state, JSON.parse(incoming.text), incoming);
    if ('error' in called) return undefined;
    state = called.next;
    outputs.push(...called.outputs);
  }
  try {
    return { state: encodeState(state, key), outputs };
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

const DIFFERENCES_SHOWN = 3;

/** A few differences, one per line. */
export function showDifferences(one: unknown, other: unknown): string {
  return differencesOf(one, other)
    .slice(0, DIFFERENCES_SHOWN)
    .map(({ path, old, new: next }) => `  ${path === '' ? 'it' : path}: ${show(old)}, then ${show(next)}`)
    .join('\n');
}

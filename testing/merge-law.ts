/**
 * The law of merge: `merge(fold(xs), fold(ys))` is `fold(xs ++ ys)`, where each fold starts from `initial`.
 * Then parts that are folded anywhere and merged in order give the whole, because the state in the table is a
 * fold too.
 *
 * The test first tries every split of every short row of readings, so that the smallest counterexample is
 * found, and then long rows in any order, whose counterexamples are reduced by leaving out readings.
 */
import { isDeepStrictEqual } from 'node:util';
import { encodeState, refuseNothing } from '../functions/compute/state-text.ts';
import { reasonOf } from '../functions/errors.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { createChance } from '../simulate/world/chance.ts';
import { withOutside } from './outside.ts';
import { computeOnce, type Incoming, nameReading, type PlainFold } from './plain-fold.ts';
import { showDifferences } from './purity.ts';
import { type Finding, show } from './report.ts';
import { isRounding } from './rounding.ts';

/** Readings of one key, divided in two. */
export interface Split {
  readonly left: readonly Incoming[];
  readonly right: readonly Incoming[];
}

const KEYS_MAX = 12;
/** Distinct readings of a key, and the longest row of them for which every split is tried. */
const SHORT_OF = 5;
const SHORT_LENGTH_MAX = 3;
const LONG_ROWS = 25;
const LONG_LENGTH_MAX = 120;

export function findFalseMerge(pipeline: Pipeline, folds: readonly PlainFold[]): Finding | undefined {
  let count = 0;
  for (const { split, fold } of splitsOf(folds)) {
    if (breach(pipeline, fold, split) !== undefined)
      return describe(fold, shrink(pipeline, fold, split), pipeline);
    count += 1;
    const elsewhere =
      count % ELSEWHERE_EVERY === 0 ? breach(pipeline, fold, split, mergeElsewhere) : undefined;
    if (elsewhere !== undefined) return describe(fold, split, pipeline, mergeElsewhere);
  }
  return undefined;
}

/**
 * Every 16th merge runs in another year with other random numbers, zone and language; this takes longer than
 * the merge.
 */
const ELSEWHERE_EVERY = 16;

function mergeElsewhere(pipeline: Pipeline, parts: Parts, key: string): Breach['merged'] {
  const asked = new Set<string>();
  const merged = withOutside('another', asked, () => mergeParts(pipeline, parts, key));
  return 'problem' in merged || asked.size === 0 ? merged : { ...merged, asked: [...asked].join(' and ') };
}

/** Short rows first. */
export function* splitsOf(
  folds: readonly PlainFold[],
): Generator<{ readonly fold: PlainFold; readonly split: Split }> {
  const some = folds.slice(0, KEYS_MAX);
  for (let length = 0; length <= SHORT_LENGTH_MAX; length += 1) {
    for (const fold of some) {
      for (const row of rows(distinct(fold.readings), length)) {
        for (let cut = 0; cut <= length; cut += 1)
          yield { fold, split: { left: row.slice(0, cut), right: row.slice(cut) } };
      }
    }
  }
  const chance = createChance(1, 0);
  for (const fold of some) {
    for (let count = 0; count < LONG_ROWS; count += 1) {
      const length = chance.whole(2, Math.min(LONG_LENGTH_MAX, 4 * fold.readings.length + 2));
      const row = Array.from({ length }, () => chance.pick(fold.readings));
      const cut = chance.whole(0, length);
      yield { fold, split: { left: row.slice(0, cut), right: row.slice(cut) } };
    }
  }
}

/** The first few distinct readings. */
function distinct(readings: readonly Incoming[]): Incoming[] {
  const byText = new Map<string, Incoming>();
  for (const reading of readings) {
    if (byText.size === SHORT_OF) break;
    if (!byText.has(reading.text)) byText.set(reading.text, reading);
  }
  return [...byText.values()];
}

function* rows(readings: readonly Incoming[], length: number): Generator<Incoming[]> {
  if (length === 0) return yield [];
  for (const first of readings) for (const rest of rows(readings, length - 1)) yield [first, ...rest];
}

export interface Parts {
  readonly a: string;
  readonly b: string;
  readonly whole: string;
}

/**
 * The states that compute makes of both parts and of the whole; undefined if a reading of the right part
 * fails, because it would be sent unmerged.
 */
export function partsOf(
  pipeline: Pipeline,
  { states: [initial = 'null'] }: PlainFold,
  { left, right }: Split,
): Parts | { readonly failed: string } | undefined {
  // A reading that fails on the left was set aside, so it is not in the state.
  let a = initial;
  for (const reading of left) {
    const step = computeOnce(pipeline, a, reading);
    if (!('error' in step)) a = step.state;
  }
  let [b, whole] = [initial, a];
  for (const reading of right) {
    const step = computeOnce(pipeline, b, reading);
    if ('error' in step) return undefined;
    b = step.state;
  }
  for (const reading of right) {
    const step = computeOnce(pipeline, whole, reading);
    if ('error' in step)
      return { failed: `compute throws on ${nameReading(reading)}: ${reasonOf(step.error)}` };
    whole = step.state;
  }
  return { a, b, whole };
}

interface Breach {
  readonly parts: Parts | undefined;
  /** The result of merge, or the reason why there is none. */
  readonly merged: { readonly state: string; readonly asked?: string } | { readonly problem: string };
}

function breach(
  pipeline: Pipeline,
  fold: PlainFold,
  split: Split,
  merge: typeof mergeParts = mergeParts,
): Breach | undefined {
  const parts = partsOf(pipeline, fold, split);
  if (parts === undefined) return undefined;
  if ('failed' in parts)
    return {
      parts: undefined,
      merged: { problem: `for the whole, ${parts.failed}; for the parts it does not` },
    };
  const merged = merge(pipeline, parts, fold.key);
  const isSame = 'state' in merged && isDeepStrictEqual(JSON.parse(merged.state), JSON.parse(parts.whole));
  return isSame ? undefined : { parts, merged };
}

export function mergeParts({ merge }: Pipeline, { a, b }: Parts, key: string): Breach['merged'] {
  try {
    const next = merge?.(JSON.parse(a), JSON.parse(b));
    refuseNothing(next, 'merge');
    return { state: encodeState(next, key) };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** Removes readings that the counterexample does not need: halves first, then one by one. */
function shrink(pipeline: Pipeline, fold: PlainFold, split: Split): Split {
  let smallest = split;
  const length = () => smallest.left.length + smallest.right.length;
  for (let size = length(); size >= 1; ) {
    const found = without(smallest, size).find((fewer) => breach(pipeline, fold, fewer) !== undefined);
    if (found !== undefined) smallest = found;
    size = found === undefined ? Math.floor(size / 2) : Math.min(size, length());
  }
  return smallest;
}

/** The splits without `size` adjacent readings, at each position. */
function without({ left, right }: Split, size: number): Split[] {
  const row = [...left, ...right];
  return Array.from({ length: Math.ceil(row.length / size) }, (_, index) => {
    const isKept = (place: number) => place < index * size || place >= (index + 1) * size;
    return {
      left: left.filter((_, place) => isKept(place)),
      right: right.filter((_, place) => isKept(left.length + place)),
    };
  });
}

function describe(
  fold: PlainFold,
  split: Split,
  pipeline: Pipeline,
  merge: typeof mergeParts = mergeParts,
): Finding {
  const { parts, merged } = breach(pipeline, fold, split, merge) ?? {
    parts: undefined,
    merged: { problem: '' },
  };
  const lines = [
    `merge does not give the state that compute makes of the same readings in order (key ${show(fold.key)}):`,
    `  a is made from ${list(split.left)}${parts === undefined ? '' : `: ${shorten(parts.a)}`}`,
    `  b is made from ${list(split.right)}${parts === undefined ? '' : `: ${shorten(parts.b)}`}`,
    'problem' in merged
      ? `  ${merged.problem}`
      : `  merge(a, b) gives ${shorten(merged.state)}${merged.asked === undefined ? '' : `, and used ${merged.asked}`}`,
    ...(parts === undefined ? [] : [`  in order the readings make ${shorten(parts.whole)}`]),
    ...('state' in merged && parts !== undefined
      ? [showDifferences(JSON.parse(parts.whole), JSON.parse(merged.state))]
      : []),
  ];
  const isRounded =
    'state' in merged && parts !== undefined && isRounding(JSON.parse(parts.whole), JSON.parse(merged.state));
  const rounding = isRounded
    ? ' Here they differ only by rounding: use whole numbers (cents, milliseconds).'
    : '';
  return {
    kind: 'false merge',
    text: lines.join('\n'),
    wayOut: `Fix merge, or leave it out: Weir works without it.${rounding} If the effect of a reading depends on earlier readings, there may be no correct merge.`,
  };
}

function list(readings: readonly Incoming[]): string {
  if (readings.length === 0) return 'no readings';
  return `${readings.map(({ text }) => text.slice(0, 80)).join(', ')}`.slice(0, 400);
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

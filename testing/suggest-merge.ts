/**
 * Looks for a merge for a pipeline without one: for each place of the state, a rule that turns the values of
 * two parts into the value of the whole. A rule that holds for these readings may fail for others; the law is
 * tested when the merge is written.
 */
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../functions/errors.ts';
import { isRecord } from '../functions/json.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { partsOf, splitsOf } from './merge-law.ts';
import { computeOnce, type PlainFold } from './plain-fold.ts';
import { show } from './report.ts';

/**
 * The values at one place of the state in two parts and in the whole; `initial`: its value before the first
 * reading.
 */
interface Sample {
  readonly a: unknown;
  readonly b: unknown;
  readonly whole: unknown;
  readonly initial: unknown;
}

export type Suggestion =
  /** Rules by place: 'count' has `a + b`. The place '' is the whole state, `*` any name. */
  | { readonly kind: 'holds'; readonly rules: ReadonlyMap<string, string> }
  /** No rule was found for this place. */
  | { readonly kind: 'unknown'; readonly place: string; readonly example: string }
  /** compute uses a field of its context that a reader does not have. */
  | { readonly kind: 'uses'; readonly example: string }
  /**
   * The same two parts make different wholes, or compute fails for a whole but not for its parts: no merge is
   * possible.
   */
  | { readonly kind: 'none'; readonly example: string };

export function suggestMerge(pipeline: Pipeline, folds: readonly PlainFold[]): Suggestion {
  const used = usedBy(pipeline, folds);
  if (used !== undefined) return { kind: 'uses', example: used };
  const samples: Sample[] = [];
  const wholes = new Map<string, string>();
  for (const { fold, split } of splitsOf(folds)) {
    const parts = partsOf(pipeline, fold, split);
    if (parts === undefined) continue;
    if ('failed' in parts)
      return { kind: 'none', example: `for a whole, ${parts.failed}; for its parts it does not` };
    const { a, b, whole } = parts;
    const both = `${fold.key}\n${a}\n${b}`;
    const before = wholes.get(both) ?? whole;
    wholes.set(both, before);
    if (!isDeepStrictEqual(JSON.parse(before), JSON.parse(whole))) {
      return {
        kind: 'none',
        example: `${short(a)} and ${short(b)} make ${short(before)}, but other readings with the same parts make ${short(whole)}`,
      };
    }
    const parse = (text: string): unknown => JSON.parse(text);
    samples.push({ a: parse(a), b: parse(b), whole: parse(whole), initial: parse(fold.states[0] ?? 'null') });
  }
  const rules = new Map<string, string>();
  const failed = findRules(samples, '', rules);
  return failed === undefined ? { kind: 'holds', rules } : { kind: 'unknown', ...failed };
}

/** A context field that compute uses and that would be refused if the pipeline had a merge. */
function usedBy(pipeline: Pipeline, folds: readonly PlainFold[]): string | undefined {
  const merging = { ...pipeline, merge: () => null };
  for (const { readings, states } of folds) {
    for (const [place, reading] of readings.entries()) {
      const step = computeOnce(merging, states[place] ?? 'null', reading);
      const [, name] = 'error' in step ? (/^compute used (\w+),/.exec(reasonOf(step.error)) ?? []) : [];
      if (name !== undefined) return name;
    }
  }
  return undefined;
}

interface Failed {
  readonly place: string;
  readonly example: string;
}

function findRules(
  samples: readonly Sample[],
  place: string,
  rules: Map<string, string>,
): Failed | undefined {
  const rule = RULES.find(([, holds]) => samples.every(holds));
  if (rule !== undefined) {
    rules.set(place, rule[0]);
    return undefined;
  }
  const isObject = samples.every(({ a, b, whole }) => isRecord(a) && isRecord(b) && isRecord(whole));
  if (!isObject) return { place, example: exampleOf(samples) };
  const names = new Set(samples.flatMap(({ a, b, whole }) => [a, b, whole].flatMap(namesOf)));
  const isFixed = samples.every(({ a, b, whole }) =>
    [a, b, whole].every((each) => namesOf(each).length === names.size),
  );
  if (!isFixed) return findMapRules(samples, place, rules);
  for (const name of names) {
    const own = samples.map((sample) => at(sample, name));
    const failed = findRules(own, place === '' ? name : `${place}.${name}`, rules);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/**
 * Names that may be missing: a name in one part is taken from there, and one rule must hold for all names in
 * both.
 */
function findMapRules(
  samples: readonly Sample[],
  place: string,
  rules: Map<string, string>,
): Failed | undefined {
  const inBoth: Sample[] = [];
  for (const sample of samples) {
    for (const name of new Set([sample.a, sample.b, sample.whole].flatMap(namesOf))) {
      const { a, b, whole } = at(sample, name);
      if (a !== undefined && b !== undefined && whole !== undefined)
        inBoth.push({ a, b, whole, initial: undefined });
      else if (!isDeepStrictEqual(a ?? b, whole)) return { place, example: exampleOf([sample]) };
    }
  }
  return findRules(inBoth, place === '' ? '*' : `${place}.*`, rules);
}

function namesOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : [];
}

function at({ a, b, whole, initial }: Sample, name: string): Sample {
  const of = (value: unknown) => (isRecord(value) ? value[name] : undefined);
  return { a: of(a), b: of(b), whole: of(whole), initial: of(initial) };
}

const numbers =
  (rule: (a: number, b: number) => number) =>
  ({ a, b, whole }: Sample) =>
    typeof a === 'number' && typeof b === 'number' && rule(a, b) === whole;
const lists =
  (rule: (a: unknown[], b: unknown[]) => unknown[]) =>
  ({ a, b, whole }: Sample) =>
    Array.isArray(a) && Array.isArray(b) && isDeepStrictEqual(rule(a, b), whole);

/** In the order in which they are tried, simplest first. */
const RULES: readonly (readonly [words: string, holds: (sample: Sample) => boolean])[] = [
  ['a (it never changes)', ({ a, b, whole }) => isDeepStrictEqual(a, b) && isDeepStrictEqual(a, whole)],
  ['a + b', numbers((a, b) => a + b)],
  ['Math.max(a, b)', numbers(Math.max)],
  ['Math.min(a, b)', numbers(Math.min)],
  ['the larger one that is not null', ({ a, b, whole }) => ofNullable(a, b, Math.max) === whole],
  ['the smaller one that is not null', ({ a, b, whole }) => ofNullable(a, b, Math.min) === whole],
  ['a || b', ({ a, b, whole }) => typeof a === 'boolean' && typeof b === 'boolean' && (a || b) === whole],
  ['a && b', ({ a, b, whole }) => typeof a === 'boolean' && typeof b === 'boolean' && (a && b) === whole],
  ['[...a, ...b]', lists((a, b) => [...a, ...b])],
  ['the sorted union of a and b', lists((a, b) => [...new Set([...a, ...b])].sort())],
  [
    'b, or a if b is still the initial value',
    ({ a, b, whole, initial }) => isDeepStrictEqual(isDeepStrictEqual(b, initial) ? a : b, whole),
  ],
  [
    'a, or b if a is still the initial value',
    ({ a, b, whole, initial }) => isDeepStrictEqual(isDeepStrictEqual(a, initial) ? b : a, whole),
  ],
];

function ofNullable(a: unknown, b: unknown, rule: (a: number, b: number) => number): unknown {
  if (a === null || b === null) return a ?? b;
  return typeof a === 'number' && typeof b === 'number' ? rule(a, b) : undefined;
}

/** The first sample is the smallest, but one with an empty part says little. */
function exampleOf(samples: readonly Sample[]): string {
  const telling = samples.find(
    ({ a, b, initial }) => !isDeepStrictEqual(a, initial) && !isDeepStrictEqual(b, initial),
  );
  const { a, b, whole } = telling ?? samples[0] ?? { a: undefined, b: undefined, whole: undefined };
  return `${show(a)} and ${show(b)} make ${show(whole)}`;
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Pipelines with a merge: some are correct, and many only look correct. */
import * as v from 'valibot';
import { definePipeline, type Pipeline } from '../../functions/pipeline.ts';

const Reading = v.object({ n: v.number(), word: v.string() });
type Reading = v.InferOutput<typeof Reading>;

interface Merging<State> {
  readonly initial: State;
  readonly compute: (state: State, reading: Reading) => State;
  readonly merge: (a: State, b: State) => unknown;
}

type Named = readonly [name: string, pipeline: Pipeline];

/** Some of the false ones give what is no state: the types of a definition would not let them. */
function of<State>(name: string, { initial, compute, merge }: Merging<State>): Named {
  const pipeline = definePipeline({
    name: 'merging',
    request: v.object({ readings: v.array(Reading) }),
    read: ({ readings }) => readings,
    initial: (): unknown => structuredClone(initial),
    compute: (state, reading): object | number | string | boolean | null =>
      compute(state as State, reading) as object,
  });
  return [name, { ...pipeline, merge: (a, b) => merge(a as State, b as State) }];
}

const sorted = (list: readonly number[]) => [...list].sort((a, b) => b - a);
const unique = (words: readonly string[]) => [...new Set(words)].sort();
const bucketOf = (word: string) => word.length % 4;
const maxima = (a: readonly number[], b: readonly number[]) =>
  a.map((one, index) => Math.max(one, b[index] ?? 0));

export const TRUE_MERGES: readonly Named[] = [
  of('a count', { initial: 0, compute: (s) => s + 1, merge: (a, b) => a + b }),
  of('a sum', { initial: 0, compute: (s, { n }) => s + n, merge: (a, b) => a + b }),
  of('a mean, as sum and count', {
    initial: { sum: 0, count: 0 },
    compute: ({ sum, count }, { n }) => ({ sum: sum + n, count: count + 1 }),
    merge: (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
  }),
  of('a maximum', {
    initial: null as number | null,
    compute: (s, { n }) => Math.max(s ?? n, n),
    merge: (a, b) => (a === null || b === null ? (a ?? b) : Math.max(a, b)),
  }),
  of('a set', {
    initial: [] as string[],
    compute: (s, { word }) => unique([...s, word]),
    merge: (a, b) => unique([...a, ...b]),
  }),
  of('counts of words, changed in place', {
    initial: {} as Record<string, number>,
    compute: (s, { word }) => Object.assign(s, { [word]: (s[word] ?? 0) + 1 }),
    merge: (a, b) => {
      for (const [word, count] of Object.entries(b)) a[word] = (a[word] ?? 0) + count;
      return a;
    },
  }),
  of('a sketch of maxima', {
    initial: [0, 0, 0, 0],
    compute: (s, { n, word }) => s.map((one, index) => (index === bucketOf(word) ? Math.max(one, n) : one)),
    merge: maxima,
  }),
  of('a list in its order', {
    initial: [] as number[],
    compute: (s, { n }) => [...s, n],
    merge: (a, b) => [...a, ...b],
  }),
  of('the last word', { initial: '', compute: (_, { word }) => word, merge: (a, b) => (b === '' ? a : b) }),
  of('the three largest', {
    initial: [] as number[],
    compute: (s, { n }) => sorted([...s, n]).slice(0, 3),
    merge: (a, b) => sorted([...a, ...b]).slice(0, 3),
  }),
  of('changes of the word, with both ends', {
    initial: { first: '', last: '', changes: 0 },
    compute: ({ first, last, changes }, { word }) => ({
      first: first || word,
      last: word,
      changes: changes + Number(last !== '' && last !== word),
    }),
    merge: (a, b) => ({
      first: a.first || b.first,
      last: b.last || a.last,
      changes: a.changes + b.changes + Number(a.last !== '' && b.first !== '' && a.last !== b.first),
    }),
  }),
  of('a hash that depends on the order', {
    initial: { hash: 0, factor: 1 },
    compute: ({ hash, factor }, { n }) => ({
      hash: (hash * 31 + n + 1_000) % 9_973,
      factor: (factor * 31) % 9_973,
    }),
    merge: (a, b) => ({ hash: (a.hash * b.factor + b.hash) % 9_973, factor: (a.factor * b.factor) % 9_973 }),
  }),
];

export const FALSE_MERGES: readonly Named[] = [
  of('a mean of means', {
    initial: { mean: 0, count: 0 },
    compute: ({ mean, count }, { n }) => ({ mean: (mean * count + n) / (count + 1), count: count + 1 }),
    merge: (a, b) => ({ mean: (a.mean + b.mean) / 2, count: a.count + b.count }),
  }),
  of('a sum that does not begin with nothing', {
    initial: 100,
    compute: (s, { n }) => s + n,
    merge: (a, b) => a + b,
  }),
  of('a product whose parts are added', { initial: 1, compute: (s, { n }) => s * n, merge: (a, b) => a + b }),
  of('a maximum that takes the later one', {
    initial: -1_000,
    compute: (s, { n }) => Math.max(s, n),
    merge: (_, b) => b,
  }),
  of('the last word, also where there is none', {
    initial: '',
    compute: (_, { word }) => word,
    merge: (_, b) => b,
  }),
  of('the first word, also where there is none', {
    initial: '',
    compute: (s, { word }) => s || word,
    merge: (a) => a,
  }),
  of('distinct words that are added up', {
    initial: { words: [] as string[], distinct: 0 },
    compute: ({ words, distinct }, { word }) => ({
      words: unique([...words, word]),
      distinct: distinct + Number(!words.includes(word)),
    }),
    merge: (a, b) => ({ words: unique([...a.words, ...b.words]), distinct: a.distinct + b.distinct }),
  }),
  of('changes of the word without those between the parts', {
    initial: { last: '', changes: 0 },
    compute: ({ last, changes }, { word }) => ({
      last: word,
      changes: changes + Number(last !== '' && last !== word),
    }),
    merge: (a, b) => ({ last: b.last || a.last, changes: a.changes + b.changes }),
  }),
  of('the three largest of both', {
    initial: [] as number[],
    compute: (s, { n }) => sorted([...s, n]).slice(0, 3),
    merge: (a, b) => sorted([...a, ...b]),
  }),
  of('a sorted list whose parts are joined', {
    initial: [] as number[],
    compute: (s, { n }) => sorted([...s, n]),
    merge: (a, b) => [...a, ...b],
  }),
  of('a moving average', { initial: 0, compute: (s, { n }) => s / 2 + n / 2, merge: (a, b) => (a + b) / 2 }),
  of('a sum of fractions', { initial: 0, compute: (s, { n }) => s + n / 10, merge: (a, b) => a + b }),
  of('a list whose parts are swapped', {
    initial: [] as number[],
    compute: (s, { n }) => [...s, n],
    merge: (a, b) => [...b, ...a],
  }),
  of('a count that ends at 40', { initial: 0, compute: (s) => Math.min(40, s + 1), merge: (a, b) => a + b }),
  of('a switch', { initial: false, compute: (s) => !s, merge: (a, b) => a || b }),
  of('a balance that does not fall below nothing', {
    initial: 0,
    compute: (s, { n }) => Math.max(0, s + n),
    merge: (a, b) => a + b,
  }),
  of('a balance that may not fall below nothing', {
    initial: 0,
    compute: (s, { n }) => {
      if (s > 5 && n < 0) throw new Error('it is spent');
      return s + Math.abs(n);
    },
    merge: (a, b) => a + b,
  }),
  of('counts of words, the later ones for the earlier', {
    initial: {} as Record<string, number>,
    compute: (s, { word }) => ({ ...s, [word]: (s[word] ?? 0) + 1 }),
    merge: (a, b) => ({ ...a, ...b }),
  }),
  of('sum and maximum, both added', {
    initial: { sum: 0, max: 0 },
    compute: ({ sum, max }, { n }) => ({ sum: sum + n, max: Math.max(max, n) }),
    merge: (a, b) => ({ sum: a.sum + b.sum, max: a.max + b.max }),
  }),
  of('the largest fall, without that between the parts', {
    initial: { max: 0, fall: 0 },
    compute: ({ max, fall }, { n }) => ({ max: Math.max(max, n), fall: Math.max(fall, max - n) }),
    merge: (a, b) => ({ max: Math.max(a.max, b.max), fall: Math.max(a.fall, b.fall) }),
  }),
  of('the longest run of a word, without that across the parts', {
    initial: { last: '', run: 0, longest: 0 },
    compute: ({ last, run, longest }, { word }) => {
      const now = last === word ? run + 1 : 1;
      return { last: word, run: now, longest: Math.max(longest, now) };
    },
    merge: (a, b) => (b.longest === 0 ? a : { ...b, longest: Math.max(a.longest, b.longest) }),
  }),
  of('words with a comma between them, also where there is none', {
    initial: '',
    compute: (s, { word }) => (s === '' ? word : `${s},${word}`),
    merge: (a, b) => `${a},${b}`,
  }),
  of('bits, of which those in both are lost', {
    initial: 0,
    compute: (s, { n }) => s | Math.abs(n),
    merge: (a, b) => a ^ b,
  }),
  of('the last three', {
    initial: [] as number[],
    compute: (s, { n }) => [...s, n].slice(-3),
    merge: (a, b) => [...a, ...b].slice(0, 3),
  }),
  of('a field that is left out', {
    initial: { sum: 0, count: 0 },
    compute: ({ sum, count }, { n }) => ({ sum: sum + n, count: count + 1 }),
    merge: (a, b) => ({ sum: a.sum + b.sum }),
  }),
  of('the time of the merge', {
    initial: { count: 0, at: 0 },
    compute: ({ count }) => ({ count: count + 1, at: 0 }),
    merge: (a, b) => ({ count: a.count + b.count, at: a.count > 0 && b.count > 0 ? Date.now() : 0 }),
  }),
  of('a sample by chance', {
    initial: [] as number[],
    compute: (s, { n }) => [...s, n].slice(0, 2),
    merge: (a, b) => [...a, ...b].sort(() => Math.random() - 0.5).slice(0, 2),
  }),
  of('a promise', { initial: 0, compute: (s) => s + 1, merge: async (a, b) => a + b }),
  of('nothing', { initial: 0, compute: (s) => s + 1, merge: () => undefined }),
  of('no number', { initial: 0, compute: (s) => s + 1, merge: (a, b) => (a + b > 3 ? Number.NaN : a + b) }),
  of('a merge that throws on many', {
    initial: 0,
    compute: (s) => s + 1,
    merge: (a, b) => {
      if (b > 30) throw new Error('too many at once');
      return a + b;
    },
  }),
  of('a variance whose parts are added', {
    initial: { count: 0, sum: 0, spread: 0 },
    compute: ({ count, sum, spread }, { n }) => ({
      count: count + 1,
      sum: sum + n,
      spread: spread + (count === 0 ? 0 : Math.round((n - sum / count) ** 2)),
    }),
    merge: (a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum, spread: a.spread + b.spread }),
  }),
];

/** The same each time. */
export const requestsToMerge = Array.from({ length: 12 }, (_, n) => ({
  readings: Array.from({ length: 3 }, (_, index) => ({
    n: ((n * 7 + index * 5) % 11) - 3,
    word: ['to', 'be', 'or', 'not'][(n + index * index) % 4] ?? '',
  })),
}));

/**
 * The types of a pipeline, checked by the compiler (npx tsc) and never run: each line below a
 * `@ts-expect-error` must not compile, everything else must.
 */
import { type } from 'arktype';
import * as v from 'valibot';
import * as z from 'zod';
import {
  type ComputeContext,
  type Delivery,
  definePipeline,
  type Pipeline,
} from '../../functions/pipeline.ts';

const common = { name: 'typed', request: v.object({ url: v.string() }) };
const read = async () => [{ site: 'a', bytes: 1 }];
const write = async () => {};

interface Visit {
  readonly kind: 'visit';
  readonly pages: number;
}
type Union = Visit | { readonly kind: 'none' } | null;

export const synchronous = [
  definePipeline({ ...common, read, initial: () => ({ n: 0 }), compute: (s, r) => ({ n: s.n + r.bytes }) }),
  definePipeline({ ...common, read, initial: () => 0, compute: (s, r) => s + r.bytes }),
  definePipeline({ ...common, read, initial: () => '', compute: (s, r) => s + r.site }),
  definePipeline({ ...common, read, initial: () => [0], compute: (s, r) => [...s, r.bytes] }),
  definePipeline({ ...common, read, initial: () => ({}), compute: (s) => s }),
  // Readings may come as they are asked for, whether the read is async itself or not.
  definePipeline({
    ...common,
    read: async function* (request) {
      yield { site: request.url };
    },
    key: (r) => r.site,
    initial: () => '',
    compute: (s, r) => s + r.site,
  }),
  definePipeline({
    ...common,
    read: async () =>
      (async function* () {
        yield 7;
      })(),
    initial: () => 0,
    compute: (s, r) => s + r,
  }),
  definePipeline({ ...common, read: () => new Set([7]), initial: () => 0, compute: (s, r) => s + r }),
  definePipeline({
    ...common,
    read,
    initial: (): Record<string, number> => ({}),
    compute: (s, r) => ({ ...s, [r.site]: r.bytes }),
  }),
  definePipeline({
    ...common,
    read,
    initial: (): Union => null,
    compute: (s, r): Union => (s?.kind === 'visit' ? s : { kind: 'visit', pages: r.bytes }),
  }),
  definePipeline({
    ...common,
    read: async (request) => [request.url],
    key: (url) => url.slice(1),
    initial: (key) => ({ key, urls: [''] }),
    compute: (state, url, { emit }: ComputeContext<{ url: string; total: number }>) => {
      emit({ url, total: state.urls.length });
      state.urls.push(url);
      return state;
    },
    write: async (outputs) => {
      for (const { output } of outputs) {
        output.total.toFixed();
        // @ts-expect-error outputs have the type that compute emits
        output.missing;
      }
    },
  }),
  definePipeline({
    ...common,
    read,
    initial: (): unknown => 0,
    compute: (state, r) => (typeof state === 'number' ? state + r.bytes : { bytes: r.bytes }),
  }),
  definePipeline({
    ...common,
    read,
    initial: () => 0,
    compute: (state, r, { emit }) => {
      emit({ url: r.site });
      return state;
    },
    write: async (outputs: readonly Delivery<{ url: string }>[]) => {
      outputs[0]?.output.url.slice();
    },
  }),
];

export const asynchronous = [
  // @ts-expect-error an object state
  definePipeline({ ...common, read, initial: () => ({ n: 0 }), compute: async (s) => s }),
  // @ts-expect-error a primitive state
  definePipeline({ ...common, read, initial: () => 0, compute: async (s) => s }),
  // @ts-expect-error a string state
  definePipeline({ ...common, read, initial: () => '', compute: async (s) => s }),
  // @ts-expect-error a list state
  definePipeline({ ...common, read, initial: () => [0], compute: async (s) => s }),
  // @ts-expect-error a state of which nothing is known but that it is not null: a promise is that too
  definePipeline({ ...common, read, initial: () => ({}), compute: async (s) => s }),
  // @ts-expect-error a state of which nothing at all is known
  definePipeline({ ...common, read, initial: (): unknown => 0, compute: async (s) => s }),
  // @ts-expect-error a state with free names
  definePipeline({ ...common, read, initial: (): Record<string, number> => ({}), compute: async (s) => s }),
  // @ts-expect-error a union state
  definePipeline({ ...common, read, initial: (): Union => null, compute: async (s): Promise<Union> => s }),
  // @ts-expect-error a compute that waits only sometimes
  definePipeline({ ...common, read, initial: () => 0, compute: (s, r) => (r.bytes > 1 ? read() : s) }),
];

export const waking = [
  definePipeline({
    ...common,
    read,
    initial: () => 0,
    compute: (n, r, { wake, cancelWake, sentAt }) => {
      wake(sentAt + r.bytes, 'quiet');
      cancelWake('quiet');
      return n;
    },
    wake: (n, tag, { at, emit }) => {
      emit({ tag: tag.toUpperCase(), at: at.toFixed() });
      return n + 1;
    },
  }),
  // @ts-expect-error a wake must be synchronous, as compute must
  definePipeline({ ...common, read, initial: () => 0, compute: (n) => n, wake: async (n) => n }),
  // @ts-expect-error a wake gives back a state
  definePipeline({ ...common, read, initial: () => 0, compute: (n) => n, wake: () => 'no number' }),
];

const counting = { ...common, read, initial: () => 0, compute: (n: number) => n + 1 };

export const merging = [
  definePipeline({
    ...common,
    read,
    initial: () => ({ n: 0 }),
    merge: (a, b) => ({ n: a.n + b.n }),
    compute: (s, r, { key, request }) => ({ n: s.n + r.bytes + key.length + request.length }),
  }),
  definePipeline({ ...counting, merge: (a, b) => a + b, order: 'request', sequence: () => 1 }),
  // @ts-expect-error a merge must be synchronous, as compute must
  definePipeline({ ...counting, merge: async (a, b) => a + b }),
  // @ts-expect-error a merge gives back a state
  definePipeline({ ...counting, merge: () => 'no number' }),
  // @ts-expect-error what compute emits is not merged, so there is nothing to write
  definePipeline({ ...counting, merge: (a, b) => a + b, write }),
  // @ts-expect-error what compute asks for is not merged
  definePipeline({ ...counting, merge: (a, b) => a + b, wake: (n: number) => n }),
];

export const mistaken = [
  definePipeline({
    ...common,
    read,
    initial: () => 0,
    compute: (state, r, { emit }: ComputeContext<{ url: string }>) => {
      // @ts-expect-error an output of another type
      emit({ site: r.site });
      return state;
    },
  }),
  definePipeline({
    ...common,
    read,
    initial: () => 0,
    compute: (state, _, { emit }) => {
      // @ts-expect-error an output that is still to come, of a pipeline that says nothing of outputs
      emit(read());
      return state;
    },
  }),
  // @ts-expect-error a compute that forgets to return the state
  definePipeline({ ...common, read, initial: () => ({ n: 0 }), compute: (s) => void s }),
  // @ts-expect-error a compute that returns another state than the one it began with
  definePipeline({ ...common, read, initial: () => ({ n: 0 }), compute: () => ({ m: 0 }) }),
  // @ts-expect-error a key that is not a string
  definePipeline({ ...common, read, key: (r) => r.bytes, initial: () => 0, compute: (s) => s }),
  // @ts-expect-error a read that gives nothing to take readings from
  definePipeline({ ...common, read: async () => 1, initial: () => 0, compute: (s) => s }),
  // @ts-expect-error an id of the request that is not a string
  definePipeline({ ...common, requestId: () => 7, read, initial: () => 0, compute: (s) => s }),
  // @ts-expect-error a limit that does not exist
  definePipeline({ ...common, read, write, initial: () => 0, compute: (s) => s, limits: { speed: 1 } }),
];

interface Sale {
  readonly shop: string;
  readonly cents: number;
}
const fetchSales = async (url: string, signal: AbortSignal) =>
  (await fetch(url, { signal })).json() as Promise<Sale[]>;

/** The common pattern, with the schema of each library: read is inline and takes its time, key says what a reading is. */
export const ofEveryLibrary = [
  definePipeline({
    name: 'valibot',
    request: v.object({ url: v.string() }),
    read: async ({ url }, { signal }) => fetchSales(url, signal),
    key: (sale: Sale) => sale.shop,
    initial: () => ({ cents: 0 }),
    compute: (state, sale, { emit }) => {
      emit({ shop: sale.shop, cents: sale.cents.toFixed() });
      return { cents: state.cents + sale.cents };
    },
  }),
  definePipeline({
    name: 'zod',
    request: z.object({ url: z.string() }),
    read: async ({ url }) => [{ shop: url.trim(), cents: 1 }],
    key: (sale: Sale) => sale.shop,
    initial: () => ({ cents: 0 }),
    compute: (state, sale) => ({ cents: state.cents + sale.cents }),
  }),
  definePipeline({
    name: 'arktype',
    request: type({ url: 'string' }),
    async read({ url }, { signal }) {
      return await fetchSales(url.trim(), signal);
    },
    key: (sale) => sale.shop,
    initial: () => 0,
    compute: (sum, sale: Sale) => sum + sale.cents,
  }),
  definePipeline({
    name: 'request-order',
    order: 'request',
    request: z.object({ shop: z.string(), day: z.number() }),
    sequence: ({ day }) => day,
    requestKey: (request: { shop: string }) => request.shop,
    read: async ({ shop }, { signal }) => fetchSales(shop, signal),
    initial: () => 0,
    compute: (sum, sale) => sum + sale.cents,
  }),
];

/** Outputs of which nothing is said are there to be looked at in write. */
export const outputsOfNoType = definePipeline({
  ...common,
  read,
  initial: () => 0,
  compute: (state, { site }, { emit }) => {
    emit({ site });
    emit(site);
    return state;
  },
  write: async (outputs) => {
    for (const { id, output } of outputs) {
      if (typeof output === 'object' && output !== null && 'site' in output) id.slice();
      // @ts-expect-error nothing is known of it
      output.site;
    }
  },
});

/** What definePipeline gives back has the types of the file: a unit test calls compute, initial, key and read with them. */
export async function callsOfAUnitTest(context: ComputeContext<{ url: string }>, signal: AbortSignal) {
  const sales = definePipeline({
    ...common,
    read: async ({ url }) => [{ shop: url, cents: 1 }],
    key: (sale: Sale) => sale.shop,
    initial: () => ({ cents: 0 }),
    compute: (state, sale, { emit }: ComputeContext<{ url: string }>) => {
      emit({ url: sale.shop });
      return { cents: state.cents + sale.cents };
    },
  });
  const state: { cents: number } = sales.compute(sales.initial('a'), { shop: 'a', cents: 1 }, context);
  const readings: Sale[] = [];
  for await (const sale of await sales.read(
    { url: 'a' },
    { signal, id: 'r', attempt: 1, secrets: {}, submit: () => {} },
  ))
    readings.push(sale);
  const keys = sales.order.by === 'arrival' ? [sales.order.key({ shop: 'a', cents: 1 }).slice()] : [];
  // @ts-expect-error a reading of another type
  sales.compute(state, { shop: 'a' }, context);
  // @ts-expect-error a state of another type
  sales.compute({ pence: 0 }, { shop: 'a', cents: 1 }, context);
  // @ts-expect-error a request of another type
  sales.read({ uri: 'a' }, { signal, id: 'r', attempt: 1, secrets: {}, submit: () => {} });
  // @ts-expect-error a reading of another type has no key
  if (sales.order.by === 'arrival') sales.order.key({ shop: 1, cents: 1 });
  const erased: Pipeline = sales;
  return { state, readings, keys, erased };
}

const sound = { ...common, read, initial: () => 0 };

/** What is submitted is what the schema takes, not what it makes of it. */
export const submitting = definePipeline({
  name: 'submitting',
  request: v.object({ page: v.pipe(v.string(), v.transform(Number)) }),
  read: async ({ page }, { submit }) => {
    submit({ page: String(page + 1) }, { id: 'next' });
    // @ts-expect-error a page as the read sees it
    submit({ page: page + 1 }, { id: 'next' });
    // @ts-expect-error without an id
    submit({ page: '2' });
    return [page];
  },
  initial: () => 0,
  compute: (sum, page) => sum + page,
});

export const misspelt = [
  definePipeline({ ...sound, compute: (s) => s }),
  // @ts-expect-error oder: did you mean order
  definePipeline({ ...sound, compute: (s) => s, oder: 'request' }),
  // @ts-expect-error poisen: did you mean poison
  definePipeline({ ...sound, compute: (s) => s, poisen: 'stop' }),
  // @ts-expect-error poison is no such word
  definePipeline({ ...sound, compute: (s) => s, poison: 'halt' }),
  // @ts-expect-error readTimoutMs: did you mean readTimeoutMs
  definePipeline({ ...sound, compute: (s) => s, limits: { readTimoutMs: 1 } }),
  // @ts-expect-error beside a key with a type, too
  definePipeline({ ...sound, compute: (s) => s, key: (r: { site: string }) => r.site, oder: 'request' }),
  // @ts-expect-error a limit that is no number
  definePipeline({ ...sound, compute: (s) => s, limits: { memoryMb: '256' } }),
  // @ts-expect-error no compute
  definePipeline({ ...sound }),
  // @ts-expect-error no read
  definePipeline({ ...common, initial: () => 0, compute: (s) => s }),
  // @ts-expect-error no initial
  definePipeline({ ...common, read, compute: (s) => s }),
  // @ts-expect-error a schema of no library
  definePipeline({ ...sound, compute: (s) => s, request: { url: 'string' } }),
  // @ts-expect-error request order without a sequence
  definePipeline({ ...sound, compute: (s) => s, order: 'request' }),
  // @ts-expect-error the key of a reading in request order
  definePipeline({ ...sound, compute: (s) => s, order: 'request', sequence: () => 1, key: () => 'k' }),
  // @ts-expect-error the key of a request in arrival order
  definePipeline({ ...sound, compute: (s) => s, requestKey: () => 'k' }),
  // @ts-expect-error an initial that waits
  definePipeline({ ...sound, initial: async () => 0, compute: (s) => s }),
  // @ts-expect-error a key that waits
  definePipeline({ ...sound, compute: (s) => s, key: async () => 'k' }),
  // @ts-expect-error a reading of another type than the key's
  definePipeline({ ...sound, key: (sale: Sale) => sale.shop, compute: (s) => s }),
];

/**
 * What the types of a pipeline promise, checked by the compiler (npx tsc) and never run: each line below a
 * `@ts-expect-error` must not compile, everything else must.
 */
import * as v from 'valibot';
import { type ComputeContext, type Delivery, definePipeline } from '../../functions/pipeline.ts';

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
      // @ts-expect-error an output of a pipeline that says nothing of outputs
      emit('x');
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

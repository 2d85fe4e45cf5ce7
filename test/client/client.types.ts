/** The types of a client, checked by the compiler (npx tsc) and never run. */
import * as v from 'valibot';
import { createClient } from '../../client/client.ts';
import { definePipeline, type Pipeline } from '../../functions/pipeline.ts';

export const meters = definePipeline({
  name: 'meters',
  request: v.object({ url: v.string(), days: v.optional(v.number(), 1) }),
  read: async () => [{ meter: 'm', kwh: 1 }],
  key: ({ meter }) => meter,
  initial: () => ({ kwh: 0, last: undefined as string | undefined }),
  compute: (state, { kwh }) => ({ ...state, kwh: state.kwh + kwh }),
});

export async function uses(where: { requestsQueueUrl: string; tableName: string }) {
  const client = createClient<typeof meters>(where);
  const found = await client.getState('m');
  // @ts-expect-error there may be none
  found.state;
  const kwh: number = found?.state.kwh ?? 0;
  // @ts-expect-error no such property of the state
  found?.state.amps;
  for (const { state, version } of (await client.getStates(['m'])).values()) {
    const sum: number = state.kwh + version;
    // @ts-expect-error a number
    const text: string = state.kwh;
    await client.submit([{ id: text, body: { url: 'https://m', days: sum } }]);
  }
  // @ts-expect-error a body of another type
  await client.submit([{ body: { uri: 'https://m', days: 1 } }]);
  // @ts-expect-error the body is not the request itself
  await client.submit([{ url: 'https://m', days: 1 }]);
  // @ts-expect-error the keys have to be named
  await client.waitFor('r', {});
  const { keys } = await client.waitFor('r', { keys: ['m'] });
  for (const one of keys) {
    if (one.outcome === 'set-aside') one.readings[0]?.reason.slice();
    // @ts-expect-error only what was set aside has readings
    else one.readings;
  }
  return kwh;
}

/** A schema that fills in what is left out: the sender's type is said, because the pipeline knows only what comes out. */
export async function defaults(where: { requestsQueueUrl: string; tableName: string }) {
  const client = createClient<typeof meters, v.InferInput<typeof body>>(where);
  await client.submit([{ body: { url: 'https://m' } }]);
}
const body = v.object({ url: v.string(), days: v.optional(v.number(), 1) });

export async function ofAnyPipeline(where: { requestsQueueUrl: string; tableName: string }) {
  const client = createClient<Pipeline>(where);
  await client.submit([{ body: 'anything' }]);
  const found = await client.getState('k');
  // @ts-expect-error nothing is known of it
  found?.state.kwh;
}

// @ts-expect-error both addresses are needed
export const half = () => createClient<typeof meters>({ tableName: 'States' });

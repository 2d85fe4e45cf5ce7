// @ts-check
/**
 * The work on Restate: a service that reads, and a virtual object for each key that keeps the total. Restate calls the handlers
 * of an object one at a time, and keeps each step in its journal.
 */
import { setTimeout as wait } from 'node:timers/promises';
import * as restate from '@restatedev/restate-sdk';
import { lead, now, spend } from './lead.mjs';

/** @import { Effect, Peer, TimedRequest, Work } from './lead.mjs' */

/** @type {Effect[]} */
let effects = [];

const totals = restate.object({
  name: 'totals',
  handlers: {
    add: async (
      /** @type {restate.ObjectContext} */ context,
      /** @type {{ value: number, busyMs: number, blockMs: number }} */ { value, busyMs, blockMs },
    ) => {
      const { count, sum } = (await context.get('total')) ?? { count: 0, sum: 0 };
      spend(busyMs, blockMs);
      context.set('total', { count: count + 1, sum: sum + value });
      effects.push({ atMs: now(), readings: 1 });
    },
    total: async (/** @type {restate.ObjectContext} */ context) =>
      (await context.get('total')) ?? { count: 0, sum: 0 },
  },
});

const reader = restate.service({
  name: 'reader',
  handlers: {
    read: async (
      /** @type {restate.Context} */ context,
      /** @type {TimedRequest} */ { key, readMs, busyMs, blockMs, values },
    ) => {
      // The result of a read is kept in the journal, as a retry must not read again what was sent.
      const read = readMs === 0 ? values : await context.run(() => wait(readMs, values));
      for (const value of read) context.objectSendClient(totals, key).add({ value, busyMs, blockMs });
    },
    /** Takes many requests in one call, which costs less than a call for each. */
    submit: async (/** @type {restate.Context} */ context, /** @type {TimedRequest[]} */ requests) => {
      for (const request of requests) context.serviceSendClient(reader).read(request);
    },
  },
});

const LOT = 500;

await lead(start);

/**
 * @param {Work} work
 * @returns {Promise<Peer>}
 */
async function start({ ports }) {
  await restate.endpoint().bind(totals).bind(reader).listen(ports['service']);
  await post(`http://127.0.0.1:${ports['admin']}/deployments`, {
    uri: `http://127.0.0.1:${ports['service']}`,
  });
  const ingress = `http://127.0.0.1:${ports['ingress']}`;
  return {
    async submit(requests) {
      for (let at = 0; at < requests.length; at += LOT)
        await post(`${ingress}/reader/submit`, requests.slice(at, at + LOT));
    },
    effects() {
      const taken = effects;
      effects = [];
      return taken;
    },
    total: async (key) =>
      JSON.parse(await post(`${ingress}/totals/${encodeURIComponent(key)}/total`, undefined)),
  };
}

/**
 * @param {string} url
 * @param {unknown} body
 */
async function post(url, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return text;
}

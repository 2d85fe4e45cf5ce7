// @ts-check
/**
 * The work on BullMQ: one queue of requests, and one queue for each key, whose worker takes one job at a time. The totals are
 * hashes in the same Redis. There is a program for each processor: each has readers, and the queues of its share of the keys.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { lead, now, spend } from './lead.mjs';

/** @import { Effect, Peer, Work } from './lead.mjs' */

const HELPER = 'helper';
const PROGRAMS = availableParallelism();
/** A finished job leaves Redis at once, which costs less than keeping it. */
const opts = { removeOnComplete: true };
const LOT = 1000;

if (process.argv[2] === HELPER) await help();
else await lead(start);

/**
 * @param {Work} work
 * @returns {Promise<Peer>}
 */
async function start({ requests, warmUp, readsAtOnce, ports }) {
  const keys = [...new Set([...warmUp, ...requests].map(({ key }) => key))];
  /** @type {Effect[]} */
  let effects = [];
  await Promise.all(
    Array.from({ length: PROGRAMS }, async (_, share) => {
      const helper = fork(import.meta.filename, [HELPER], { stdio: ['ignore', 2, 2, 'ipc'] });
      helper.send({ port: ports['redis'], keys, share, readsAtOnce: Math.ceil(readsAtOnce / PROGRAMS) });
      await once(helper, 'message');
      helper.on('message', (/** @type {Effect[]} */ more) => effects.push(...more));
    }),
  );
  const redis = connect(ports['redis'] ?? 0);
  const queue = new Queue('requests', { connection: redis });
  return {
    async submit(given) {
      for (let at = 0; at < given.length; at += LOT)
        await queue.addBulk(given.slice(at, at + LOT).map((data) => ({ name: 'request', data, opts })));
    },
    effects() {
      const taken = effects;
      effects = [];
      return taken;
    },
    async total(key) {
      const { count, sum } = await redis.hgetall(`total/${key}`);
      return { count: Number(count), sum: Number(sum) };
    },
  };
}

async function help() {
  // The leading program has ended.
  process.once('disconnect', () => process.exit());
  const [{ port, keys, share, readsAtOnce }] = await once(process, 'message');
  const connection = connect(port);
  /** @type {Map<string, Queue>} */
  const queues = new Map(
    keys.map((/** @type {string} */ key) => [key, new Queue(nameOf(key), { connection })]),
  );
  /** @type {Effect[]} */
  let effects = [];
  setInterval(() => {
    if (effects.length > 0) process.send?.(effects);
    effects = [];
  }, 10);
  const readers = new Worker(
    'requests',
    async ({ data: { key, readMs, busyMs, blockMs, values } }) => {
      if (readMs > 0) await wait(readMs);
      const jobs = values.map((/** @type {number} */ value) => ({
        name: 'reading',
        data: { value, busyMs, blockMs },
        opts,
      }));
      await queues.get(key)?.addBulk(jobs);
    },
    { connection, concurrency: readsAtOnce },
  );
  const own = keys.filter(
    (/** @type {string} */ _key, /** @type {number} */ index) => index % PROGRAMS === share,
  );
  const computes = own.map(
    (/** @type {string} */ key) =>
      new Worker(
        nameOf(key),
        async ({ data: { value, busyMs, blockMs } }) => {
          spend(busyMs, blockMs);
          await connection
            .multi()
            .hincrby(`total/${key}`, 'count', 1)
            .hincrby(`total/${key}`, 'sum', value)
            .exec();
          effects.push({ atMs: now(), readings: 1 });
        },
        { connection, concurrency: 1 },
      ),
  );
  await Promise.all([readers, ...computes].map((worker) => worker.waitUntilReady()));
  process.send?.('ready');
}

/** @param {string} key */
function nameOf(key) {
  return `key-${key.replaceAll('/', '-')}`;
}

/** @param {number} port */
function connect(port) {
  return new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
}

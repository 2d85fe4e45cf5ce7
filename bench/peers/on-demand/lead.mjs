// @ts-check
/**
 * What each peer's program says to the benchmark (bench/peers/run-peer.ts): `ready` after the warm-up, `played` with the
 * effects, and the totals.
 */
import { once } from 'node:events';

/** @typedef {{ key: string, readMs: number, busyMs: number, blockMs: number, values: number[] }} TimedRequest */
/** @typedef {{ requests: TimedRequest[], warmUp: TimedRequest[], readsAtOnce: number, ports: Record<string, number> }} Work */
/** @typedef {{ atMs: number, readings: number }} Effect */
/** @typedef {{ submit: (requests: TimedRequest[]) => Promise<void>, effects: () => Effect[], total: (key: string) => Promise<{ count: number, sum: number }> }} Peer */

/** @param {(work: Work) => Promise<Peer>} start */
export async function lead(start) {
  process.once('disconnect', () => process.exit());
  /** @type {Work[]} */
  const [work] = await once(process, 'message');
  if (work === undefined) throw new Error('the work is missing');
  const peer = await start(work);
  await play(peer, work.warmUp);
  process.send?.({ kind: 'ready' });
  await once(process, 'message');
  process.send?.({ kind: 'played', effects: await play(peer, work.requests) });
  const keys = [...new Set(work.requests.map(({ key }) => key))];
  const totals = await Promise.all(keys.map(async (key) => [key, await peer.total(key)]));
  process.send?.({ kind: 'totals', totals });
}

/**
 * @param {Peer} peer
 * @param {TimedRequest[]} requests
 */
async function play(peer, requests) {
  peer.effects();
  const wanted = requests.reduce((sum, { values }) => sum + values.length, 0);
  const startedAt = now();
  /** @type {Effect[]} */
  const seen = [];
  let count = 0;
  const submitted = peer.submit(requests);
  while (count < wanted) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const { atMs, readings } of peer.effects()) {
      seen.push({ atMs: atMs - startedAt, readings });
      count += readings;
    }
  }
  await submitted;
  return seen;
}

/** Epoch milliseconds, with fractions. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/**
 * @param {number} busyMs
 * @param {number} blockMs
 */
export function spend(busyMs, blockMs) {
  const until = performance.now() + busyMs;
  while (performance.now() < until);
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
}

/**
 * The share of W3's list price that would be saved if readings of one key from several simultaneous requests shared
 * messages, computed from the last report and the number of keys. docs/decisions/0044 says why it is not built.
 *
 * node bench/joined-requests.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { defaultLimits, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { readPrices } from '../local/bill/prices.ts';

const Results = v.array(
  v.object({ work: v.string(), system: v.string(), metric: v.string(), median: v.number() }),
);
const results = v.parse(Results, JSON.parse(readFileSync(join(import.meta.dirname, 'results.json'), 'utf8')));

function median(metric: string): number {
  const found = results.find(
    (each) => each.work === 'W3' && each.system === 'weir' && each.metric === metric,
  );
  if (found === undefined) throw new Error(`results.json has no ${metric} of W3`);
  return found.median;
}

/**
 * USD per million readings. Half of the calls are to the readings queue: sent, received and deleted in tens.
 */
const { usd, per } = readPrices().items['sqs.fifo'];
const CALLS_PER_MESSAGE = 3 / SQS_BATCH_ENTRIES_MAX;
const queue = ((CALLS_PER_MESSAGE * usd) / per) * 1_000_000;
const whole = median('list price');
/**
 * The upper bound of the saving: the queue's calls, the commits and all of Lambda, of which the reader's part
 * would stay.
 */
const behind = queue + median('list price, dynamodb') + median('list price, lambda');

/** Messages left of this many simultaneous requests, each with a reading of one of the keys. */
function messagesLeft(requests: number, keys: number): number {
  return keys * (1 - (1 - 1 / keys) ** requests);
}

console.log(
  `W3: ${whole.toFixed(3)} USD per million readings, of it ${behind.toFixed(3)} behind the reader at the most`,
);
for (const requests of [SQS_BATCH_ENTRIES_MAX, defaultLimits.readsPerInvocation]) {
  for (const keys of [20, 100, 1_000]) {
    const left = messagesLeft(requests, keys);
    const share = 1 - left / requests;
    const [calls, most] = [(queue * share) / whole, (behind * share) / whole].map(
      (each) => `${(100 * each).toFixed(1)} %`,
    );
    console.log(
      `${requests} requests at hand, ${keys} keys: ${left.toFixed(2)} messages, ${calls} by the queue alone, ${most} at the most`,
    );
  }
}

/**
 * A million keys: compares a plan's commits, loads and table price with the compute function's own code. The
 * environments have their real caches and share a table; messages wait for their keys in the plan's queue, as many as
 * arrive in a round of the plan. No queue, network or engine is included, so a million readings take a minute.
 *
 * node bench/many-keys.ts [KEYS [READINGS]]
 */
import { encodeItem } from '../functions/aws/dynamo-items.ts';
import { parseSqsEvent } from '../functions/aws/sqs-records.ts';
import { computeBatch } from '../functions/compute/compute.ts';
import { packReadings } from '../functions/pack.ts';
import type { KeyItem } from '../functions/state.ts';
import type { StateStore } from '../functions/state-store.ts';
import { readPrices } from '../local/bill/prices.ts';
import { createRandom } from '../model/random.ts';
import { keyShares } from '../plan/key-shares.ts';
import { createReadingsQueue } from '../plan/model/readings-queue.ts';
import { makePlan } from '../plan/plan.ts';
import { awsProfile } from '../plan/profile.ts';
import { readWorkload } from '../plan/read-workload.ts';
import { itemBytes as plannedBytes, readUnits, writeUnits } from '../plan/workload.ts';
import { recordOf, SENT_AT } from './events.ts';
import { heapMb, itemBytes, pipeline } from './growth.ts';
import { portsOf, YES } from './measure-fold.ts';

const [KEYS = 1_000_000, READINGS = 1_000_000] = process.argv.slice(2).map(Number);
const PER_SECOND = 1_000;
const STATE_BYTES = 30;
const BATCH = 10;

interface Figures {
  readonly commits: number;
  readonly loads: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** Stores items as text outside the heap; refuses a write that does not follow the current version. */
function createTable() {
  const items = new Map<string, Buffer>();
  const counts = { commits: 0, loads: 0, writeUnits: 0, readUnits: 0 };
  // The stored value was a KeyItem.
  const held = (key: string): KeyItem | undefined => {
    const text = items.get(key);
    return text === undefined ? undefined : { ...JSON.parse(text.toString()), stopped: undefined };
  };
  const sizeOf = (item: KeyItem) => itemBytes(encodeItem(item));
  const store: StateStore = {
    ...YES,
    load: async (key) => {
      const item = held(key);
      counts.loads += 1;
      counts.readUnits += item === undefined ? 1 : readUnits(sizeOf(item));
      return item;
    },
    commit: async ({ base, next, page }) => {
      const current = held(next.key);
      counts.writeUnits += writeUnits(sizeOf(next)) + (page === undefined ? 0 : 1);
      if (current?.version !== base?.version) return { outcome: 'conflict', current };
      counts.commits += 1;
      items.set(next.key, Buffer.from(JSON.stringify(next)));
      return { outcome: 'committed' };
    },
  };
  return { store, counts, keys: () => items.size };
}

/** Measures the last half of the readings, when the caches are warm. */
async function compute(skew: number, environments: number, waiting: number) {
  const table = createTable();
  const random = createRandom(1);
  const shares = keyShares(KEYS, skew);
  const queue = createReadingsQueue<{ key: number; number: number }>();
  const all = Array.from({ length: environments }, () => portsOf(pipeline, table.store));
  const heapBefore = heapMb();
  let [sent, done] = [0, 0];
  let before = { ...table.counts };
  while (done < READINGS) {
    for (; queue.size < waiting && sent < READINGS; sent += 1)
      queue.add({ key: shares.draw(random), number: sent });
    // One batch for each environment, each handled by a random one.
    const batches = all.map(() => queue.take(BATCH)).filter(({ length }) => length > 0);
    for (const batch of batches) {
      const ports = all[Math.floor(random() * environments)];
      if (ports === undefined) throw new Error('no environment');
      const event = { Records: batch.map(({ key, number }) => messageOf(key, number)) };
      const failed = await computeBatch(parseSqsEvent(event), 60_000, ports);
      if (failed.length > 0) throw new Error(`${failed.length} messages came back`);
      queue.release(batch);
      if (done < READINGS / 2 && done + batch.length >= READINGS / 2) before = { ...table.counts };
      done += batch.length;
    }
  }
  const half = READINGS / 2;
  const of = (name: keyof Figures) => (table.counts[name] - before[name]) / half;
  return {
    figures: {
      commits: of('commits'),
      loads: of('loads'),
      writeUnits: of('writeUnits'),
      readUnits: of('readUnits'),
    },
    heapMb: (heapMb() - heapBefore) / environments,
    keys: table.keys(),
  };
}

function messageOf(key: number, number: number): object {
  const name = `key-${key}`;
  const [message] =
    packReadings({ id: `request-${number}`, since: SENT_AT + number }, [{ value: 1 }], () => name).get(
      name,
    ) ?? [];
  if (message === undefined) throw new Error('no message');
  return recordOf(message, number);
}

async function planned(skew: number) {
  const workload = readWorkload(
    {
      requestsPerSecond: PER_SECOND,
      readMs: 100,
      computeMs: 0.01,
      keys: KEYS,
      skew,
      stateBytes: STATE_BYTES,
    },
    { folder: '.' },
  );
  const prices = readPrices();
  const plan = await makePlan(workload, {
    profile: awsProfile,
    prices,
    region: 'us-east-1',
    seed: 1,
    requests: 200_000,
  });
  if (plan.forecast === undefined) throw new Error('the plan has no forecast');
  const { outcome, inUse } = plan.forecast;
  const [commits, loads] = [
    outcome.counts.commits / outcome.messages,
    outcome.counts.loads / outcome.messages,
  ];
  const figures: Figures = {
    commits,
    loads,
    writeUnits: commits * writeUnits(plannedBytes(workload, 1)),
    readUnits: loads * readUnits(plannedBytes(workload, 0)),
  };
  return {
    figures,
    computes: Math.max(1, Math.round(inUse.computes)),
    roundMs: plan.hottest.roundMs,
    bill: plan.forecast.bill,
  };
}

/** USD per million readings. */
function usd({ writeUnits: writes, readUnits: reads }: Figures): number {
  const { 'dynamodb.writeUnits': write, 'dynamodb.readUnits': read } = readPrices().items;
  return 1_000_000 * ((writes * write.usd) / write.per + (reads * read.usd) / read.per);
}

for (const skew of [0, 0.5, 1]) {
  const plan = await planned(skew);
  const waiting = Math.round((PER_SECOND * plan.roundMs) / 1000);
  const own = await compute(skew, plan.computes, waiting);
  const row = (name: string, a: number, b: number) =>
    console.log(`  ${name.padEnd(34)} ${a.toFixed(3)} ${b.toFixed(3)}  ${((b / a - 1) * 100).toFixed(1)} %`);
  console.log(
    `skew ${skew}: ${KEYS} keys, ${READINGS} readings, ${plan.computes} environments, ${waiting} messages waiting`,
  );
  console.log('  for each reading                   plan  code   difference');
  row('commits', plan.figures.commits, own.figures.commits);
  row('loads', plan.figures.loads, own.figures.loads);
  row('write units', plan.figures.writeUnits, own.figures.writeUnits);
  row('read units', plan.figures.readUnits, own.figures.readUnits);
  row('USD of the table for a million', usd(plan.figures), usd(own.figures));
  console.log(
    `  cache hits ${(100 * (1 - own.figures.loads / own.figures.commits)).toFixed(1)} %, heap of an environment ${own.heapMb.toFixed(1)} MB, keys with a state ${own.keys}`,
  );
  console.log(`  the plan in all: ${plan.bill.usdPerMillionReadings.toFixed(3)} USD for a million readings`);
}

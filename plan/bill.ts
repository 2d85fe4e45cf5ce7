/** The cost of a month: the model's counts per request, times the requests of a month, times the list prices. */
import { RECEIPT_REACH_DAYS, RECEIPTS_PER_PAGE, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { PriceList } from '../local/bill/prices.ts';
import type { Outcome } from './model/model.ts';

import {
  itemBytes,
  meanRequestsPerSecond,
  readUnits,
  shapeOf,
  sqsUnits,
  type Workload,
  writeUnits,
} from './workload.ts';

export interface BillItem {
  readonly item: string;
  /** Quantity per month. */
  readonly quantity: number;
  readonly unit: string;
  readonly usd: number;
}

export interface Bill {
  readonly items: readonly BillItem[];
  readonly usdPerMonth: number;
  readonly usdPerMillionReadings: number;
  readonly region: string;
  readonly date: string;
  readonly terms: string;
}

type Line = (item: string, quantity: number, unit: string, billed: keyof PriceList['items']) => BillItem;

const MONTH_SECONDS = 730 * 3600;
const DAY_SECONDS = 86_400;
const MILLION = 1_000_000;
const PAGE_BYTES = 150;
const RECEIPT_BYTES = 12;

export function billOf(workload: Workload, outcome: Outcome, prices: PriceList): Bill {
  const rate = meanRequestsPerSecond(workload);
  const month = (rate * MONTH_SECONDS) / Math.max(1, outcome.requests);
  const { reader, compute, counts } = outcome;
  const { standard, grouped, fifo } = sqsRequests(workload, outcome);
  const { writes, reads } = tableUnits(workload, outcome);
  const idle = idleReceives(rate, prices);
  const invocations = reader.invocations + compute.invocations + counts.writerInvocations;
  const gbSeconds = (billedMs: number) => (month * billedMs * workload.limits.memoryMb) / 1024 / 1000;
  const line: Line = (item, quantity, unit, billed) => {
    const price = prices.items[billed];
    return { item, quantity, unit, usd: price === undefined ? 0 : (quantity * price.usd) / price.per };
  };
  const items = [
    line('SQS requests queue', month * standard, 'requests', 'sqs.standard'),
    ...(workload.tenants === 0
      ? []
      : [line('SQS fair queue surcharge', month * grouped, 'requests', 'sqs.fair')]),
    line('SQS readings queue (FIFO)', month * fifo, 'requests', 'sqs.fifo'),
    line('SQS idle polls, requests', idle, 'requests', 'sqs.standard'),
    line('SQS idle polls, readings', idle, 'requests', 'sqs.fifo'),
    // A backfill is rare, so its queue is empty nearly always. Its requests are in backfill.ts.
    ...(workload.lane
      ? [line('SQS idle polls, backfill', idleReceives(0, prices), 'requests', 'sqs.standard')]
      : []),
    line('Lambda invocations', month * invocations, 'invocations', 'lambda.requests'),
    line('Lambda reader', gbSeconds(reader.billedMs), 'GB-s', 'lambda.gbSeconds'),
    line('Lambda compute', gbSeconds(compute.billedMs), 'GB-s', 'lambda.gbSeconds'),
    line('Lambda writer', gbSeconds(counts.writerBilledMs), 'GB-s', 'lambda.gbSeconds'),
    line('DynamoDB writes', month * writes, 'write units', 'dynamodb.writeUnits'),
    line('DynamoDB reads', month * reads, 'read units', 'dynamodb.readUnits'),
    ...wakeLines(workload, line),
    line('DynamoDB storage', storedBytes(workload) / 1024 ** 3, 'GB', 'dynamodb.storage'),
  ];
  const usdPerMonth = items.reduce((total, { usd }) => total + usd, 0);
  const readings = rate * workload.readingsPerRequest * MONTH_SECONDS;
  const { region, date, terms } = prices;
  return {
    items,
    usdPerMonth,
    usdPerMillionReadings: (usdPerMonth / readings) * MILLION,
    region,
    date,
    terms,
  };
}

/**
 * Each wake costs an invocation of a schedule, a message that is sent, received and deleted, and a commit. This is the most: a
 * wake may share its commit with readings.
 */
function wakeLines(workload: Workload, line: Line): BillItem[] {
  const { wakesPerReading, readingsPerRequest } = workload;
  if (wakesPerReading === 0) return [];
  const wakes = meanRequestsPerSecond(workload) * MONTH_SECONDS * readingsPerRequest * wakesPerReading;
  const commit = writeUnits(itemBytes(workload, 1));
  return [
    line('EventBridge Scheduler, wakes', wakes, 'invocations', 'scheduler.invocations'),
    line('SQS readings queue (FIFO), wakes', 3 * wakes, 'requests', 'sqs.fifo'),
    line('DynamoDB writes, wakes', wakes * commit, 'write units', 'dynamodb.writeUnits'),
  ];
}

/** Receives per month that find nothing. At a low rate most polls are empty; at a high rate a message ends each long poll. */
function idleReceives(rate: number, { idle: { pollersPerQueue, pollSeconds } }: PriceList): number {
  const polls = (pollersPerQueue * MONTH_SECONDS) / pollSeconds;
  return polls * Math.exp((-rate * pollSeconds) / pollersPerQueue);
}

/** SQS calls of the run as they are billed: once for every 64 KB. Requests are submitted in batches of ten. */
function sqsRequests(workload: Workload, { requests, reader, compute, counts, messages }: Outcome) {
  const { requestBytes } = workload;
  const { messageBytes } = shapeOf(workload);
  const submits = (requests / SQS_BATCH_ENTRIES_MAX) * sqsUnits(SQS_BATCH_ENTRIES_MAX * requestBytes);
  const perReceive = requests / Math.max(1, reader.receives + counts.pulls);
  const receives = (reader.receives + counts.pulls) * sqsUnits(perReceive * requestBytes);
  const perBatch = messages / Math.max(1, compute.receives);
  return {
    standard: submits + receives + reader.deletes + counts.pullDeletes,
    /** Calls with a group id: sends and receives. */
    grouped: submits + receives,
    fifo: counts.sendUnits + compute.receives * sqsUnits(perBatch * messageBytes) + compute.deletes,
  };
}

function tableUnits(workload: Workload, { counts, messages }: Outcome) {
  const { readingsPerMessage, messageBytes } = shapeOf(workload);
  const readingsPerCommit = (messages * readingsPerMessage) / Math.max(1, counts.commits);
  const item = writeUnits(itemBytes(workload, readingsPerCommit));
  const pages = (messages / RECEIPTS_PER_PAGE) * writeUnits(PAGE_BYTES + RECEIPTS_PER_PAGE * RECEIPT_BYTES);
  // Parking and unparking are transactions, which cost twice the units, for the parked message and for the key's item.
  const parked = counts.parked * 2 * (2 * writeUnits(messageBytes) + item);
  return {
    writes: (counts.commits + counts.conflicts) * item + pages + parked,
    reads: counts.loads * readUnits(itemBytes(workload, 0)) + counts.parked * readUnits(messageBytes),
  };
}

/** The items of all keys, and the receipts of RECEIPT_REACH_DAYS. */
function storedBytes(workload: Workload): number {
  const messages =
    meanRequestsPerSecond(workload) * shapeOf(workload).messagesPerRequest * RECEIPT_REACH_DAYS * DAY_SECONDS;
  return workload.keys * itemBytes(workload, 0) + messages * (RECEIPT_BYTES + PAGE_BYTES / RECEIPTS_PER_PAGE);
}

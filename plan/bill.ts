/** What a month costs: what the model counted for one request, times the requests of a month, times the list prices. */
import { RECEIPT_REACH_DAYS, RECEIPTS_PER_PAGE, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Outcome } from './model/simulate.ts';
import type { Prices } from './prices.ts';
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
  /** A month's. */
  readonly quantity: number;
  readonly unit: string;
  readonly usd: number;
}

export interface Bill {
  readonly items: readonly BillItem[];
  readonly usdPerMonth: number;
  readonly usdPerMillionReadings: number;
  readonly prices: Pick<Prices, 'region' | 'asOf' | 'note'>;
}

const MONTH_SECONDS = 730 * 3600;
const DAY_SECONDS = 86_400;
const MILLION = 1_000_000;
/** Long polls of 20 s by Lambda's five pollers for each queue, while nothing comes; the 20 s are not documented. */
const IDLE_RECEIVES_PER_MONTH = (5 * MONTH_SECONDS) / 20;
const PAGE_BYTES = 150;
const RECEIPT_BYTES = 12;

export function billOf(workload: Workload, outcome: Outcome, table: Prices): Bill {
  const { prices, region, asOf, note } = table;
  const rate = meanRequestsPerSecond(workload);
  const month = (rate * MONTH_SECONDS) / Math.max(1, outcome.requests);
  const { standard, fifo } = sqsRequests(workload, outcome);
  const { reader, compute, counts } = outcome;
  const { writes, reads } = tableUnits(workload, outcome);
  const idle = IDLE_RECEIVES_PER_MONTH * Math.exp(-4 * rate);
  const gbSeconds = (billedMs: number) => (month * billedMs * workload.limits.memoryMb) / 1024 / 1000;
  const millions = (item: string, quantity: number, unit: string, price: number): BillItem => ({
    item,
    quantity,
    unit,
    usd: (quantity / MILLION) * price,
  });
  const duration = (item: string, billedMs: number): BillItem => {
    const quantity = gbSeconds(billedMs);
    return { item, quantity, unit: 'GB-s', usd: quantity * prices.lambdaGbSecond };
  };
  const invocations = reader.invocations + compute.invocations + counts.writerInvocations;
  const storedGb = storedBytes(workload) / 1024 ** 3;
  const items = [
    millions('SQS requests queue', month * standard, 'requests', prices.sqsStandardPerMillion),
    millions('SQS readings queue (FIFO)', month * fifo, 'requests', prices.sqsFifoPerMillion),
    millions(
      'SQS receives that find nothing',
      2 * idle,
      'requests',
      (prices.sqsStandardPerMillion + prices.sqsFifoPerMillion) / 2,
    ),
    millions('Lambda invocations', month * invocations, 'requests', prices.lambdaRequestsPerMillion),
    duration('Lambda reader', reader.billedMs),
    duration('Lambda compute', compute.billedMs),
    duration('Lambda writer', counts.writerBilledMs),
    millions('DynamoDB writes', month * writes, 'write units', prices.dynamoWriteUnitsPerMillion),
    millions('DynamoDB reads', month * reads, 'read units', prices.dynamoReadUnitsPerMillion),
    { item: 'DynamoDB storage', quantity: storedGb, unit: 'GB', usd: storedGb * prices.dynamoStorageGbMonth },
  ];
  const usdPerMonth = items.reduce((total, { usd }) => total + usd, 0);
  const readings = rate * workload.readingsPerRequest * MONTH_SECONDS;
  return {
    items,
    usdPerMonth,
    usdPerMillionReadings: (usdPerMonth / readings) * MILLION,
    prices: { region, asOf, note },
  };
}

/** Of the run. Requests are submitted in tens; a call is billed once for every 64 KB. */
function sqsRequests(workload: Workload, { requests, reader, compute, counts, messages }: Outcome) {
  const { requestBytes } = workload;
  const { messageBytes } = shapeOf(workload);
  const submits = (requests / SQS_BATCH_ENTRIES_MAX) * sqsUnits(SQS_BATCH_ENTRIES_MAX * requestBytes);
  const perReceive = requests / Math.max(1, reader.receives + counts.pulls);
  const receives = (reader.receives + counts.pulls) * sqsUnits(perReceive * requestBytes);
  const perBatch = messages / Math.max(1, compute.receives);
  return {
    standard: submits + receives + reader.deletes + counts.pullDeletes,
    fifo: counts.sendUnits + compute.receives * sqsUnits(perBatch * messageBytes) + compute.deletes,
  };
}

function tableUnits(workload: Workload, { counts, messages }: Outcome) {
  const { readingsPerMessage, messageBytes } = shapeOf(workload);
  const readingsPerCommit = (messages * readingsPerMessage) / Math.max(1, counts.commits);
  const item = writeUnits(itemBytes(workload, readingsPerCommit));
  const pages = (messages / RECEIPTS_PER_PAGE) * writeUnits(PAGE_BYTES + RECEIPTS_PER_PAGE * RECEIPT_BYTES);
  // Parking and taking up again are transactions: two units for each, for the item that goes with it as well.
  const parked = counts.parked * 2 * (2 * writeUnits(messageBytes) + item);
  return {
    writes: counts.commits * item + pages + parked,
    reads: counts.loads * readUnits(itemBytes(workload, 0)) + counts.parked * readUnits(messageBytes),
  };
}

/** Every key's item, and the receipts of as many days as a repeat may take. */
function storedBytes(workload: Workload): number {
  const messages =
    meanRequestsPerSecond(workload) * shapeOf(workload).messagesPerRequest * RECEIPT_REACH_DAYS * DAY_SECONDS;
  return workload.keys * itemBytes(workload, 0) + messages * (RECEIPT_BYTES + PAGE_BYTES / RECEIPTS_PER_PAGE);
}

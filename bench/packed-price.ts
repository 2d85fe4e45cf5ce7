/**
 * What a million readings cost when a request has a hundred of them, by list price and with full batches: with compressed
 * messages (docs/decisions/0033) and without. The reader's own code makes the messages, from the lines of the sample's log.
 *
 * node bench/packed-price.ts
 */
import { MESSAGE_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { packReadings } from '../functions/pack.ts';
import { readPrices } from '../local/bill/prices.ts';
import { makeSampleLog } from '../pipelines/sample-log.ts';
import { sqsUnits } from '../plan/workload.ts';

const READINGS = 100;
const REQUEST_BYTES = 300;
/** Of the plan (docs/growth.md): the functions' part hardly depends on the bytes. */
const LAMBDA_USD = 0.0005 + 0.0003;

const { items } = readPrices();
const priceOf = ({ usd, per }: { readonly usd: number; readonly per: number }, units: number) =>
  (units * usd) / per;

/** A line as a JSON record of about 290 bytes, with the names that such records have. */
function recordOf(line: string): object {
  const [, host, time, method, path, status, bytes, referer, agent] =
    /^(\S+) \S+ \S+ \[(.*?)\] "(\S+) (\S+) [^"]*" (\d+) (\S+) "(.*?)" "(.*?)"/.exec(line) ?? [];
  return { host, time, method, path, status: Number(status), bytes: Number(bytes) || 0, referer, agent };
}

const records = makeSampleLog()
  .text.split('\n')
  .filter((line) => line.endsWith('"'))
  .map(recordOf);

for (const perReading of [1, 2]) {
  const readings = Array.from({ length: READINGS * SQS_BATCH_ENTRIES_MAX }, (_, n) => ({
    records: records.slice(n * perReading, (n + 1) * perReading),
  })).filter(({ records: { length } }) => length === perReading);
  const requests = Math.floor(readings.length / READINGS);
  const lots = Array.from({ length: requests }, (_, n) => readings.slice(n * READINGS, (n + 1) * READINGS));
  const plain = mean(lots.map((lot) => Buffer.byteLength(JSON.stringify(lot))));
  const packed = mean(
    lots.flatMap((lot, n) =>
      [...(packReadings({ id: `r${n}`, since: 0 }, lot, () => 'key').get('key') ?? [])].map(({ body }) =>
        Buffer.byteLength(body),
      ),
    ),
  );
  if (plain > MESSAGE_BYTES_MAX) throw new Error('the readings of a request are more than one message');
  console.log(
    `${READINGS} readings of ${Math.round(plain / READINGS)} bytes in a request: ${(plain / packed).toFixed(1)} : 1`,
  );
  console.log('  USD per million readings  plain   compressed');
  row('requests queue', [requestsQueue(), requestsQueue()]);
  row('readings queue', [readingsQueue(plain), readingsQueue(packed)]);
  row('DynamoDB writes', [table(), table()]);
  row('Lambda', [LAMBDA_USD, LAMBDA_USD]);
  row(
    'in all',
    [plain, packed].map((bytes) => requestsQueue() + readingsQueue(bytes) + table() + LAMBDA_USD),
  );
}

function row(name: string, usd: readonly number[]): void {
  console.log(`  ${name.padEnd(24)}  ${usd.map((each) => each.toFixed(4)).join('  ')}`);
}

/** Sent, received and deleted, ten requests in a call. */
function requestsQueue(): number {
  const units = 2 * sqsUnits(SQS_BATCH_ENTRIES_MAX * REQUEST_BYTES) + 1;
  return perMillion(priceOf(items['sqs.standard'], units));
}

/** Ten messages of one key in a call. */
function readingsQueue(bytes: number): number {
  return perMillion(priceOf(items['sqs.fifo'], 2 * sqsUnits(SQS_BATCH_ENTRIES_MAX * bytes) + 1));
}

/** One item of up to 1 KB for the ten messages. */
function table(): number {
  return perMillion(priceOf(items['dynamodb.writeUnits'], 1));
}

/** From the price of ten requests. */
function perMillion(usd: number): number {
  return (usd * 1_000_000) / (SQS_BATCH_ENTRIES_MAX * READINGS);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

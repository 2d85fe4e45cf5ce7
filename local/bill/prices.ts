/**
 * The price list is data, so another region, another date or your own prices need only another file. A list
 * that lacks a price, or has one that is not a number, is refused before the run starts; the error names the
 * price.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/** Everything that is billed here, by the unit that AWS bills. */
export const BILLED = [
  'sqs.standard',
  'sqs.fair',
  'sqs.fifo',
  'lambda.requests',
  'lambda.gbSeconds',
  'dynamodb.writeUnits',
  'dynamodb.readUnits',
  'scheduler.invocations',
] as const;
export type Billed = (typeof BILLED)[number];

const Price = v.object({
  title: v.pipe(v.string(), v.nonEmpty()),
  unit: v.string(),
  /** USD for `per` units. */
  usd: v.pipe(v.number(), v.finite(), v.minValue(0)),
  per: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  source: v.string(),
});

/** A price list without this entry charges nothing for it. */
function freeOf(title: string, unit: string) {
  return v.optional(Price, { title, unit, usd: 0, per: 1, source: 'not in the list' });
}

const PriceList = v.object({
  region: v.string(),
  date: v.string(),
  currency: v.literal('USD'),
  terms: v.string(),
  items: v.object({
    'sqs.standard': Price,
    'sqs.fair': freeOf('SQS fair queue surcharge', 'request'),
    'sqs.fifo': Price,
    'lambda.requests': Price,
    'lambda.gbSeconds': Price,
    'dynamodb.writeUnits': Price,
    'dynamodb.readUnits': Price,
    'scheduler.invocations': freeOf('EventBridge Scheduler invocations', 'invocation'),
    /** Used by plans only: a run stores almost nothing. */
    'dynamodb.storage': v.optional(Price),
  }),
  /** How an event source mapping polls an empty queue. */
  idle: v.object({
    pollersPerQueue: v.pipe(v.number(), v.integer(), v.minValue(1)),
    pollSeconds: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    source: v.string(),
  }),
});

export type PriceList = v.InferOutput<typeof PriceList>;

const OWN_LIST = join(import.meta.dirname, 'prices.json');

export function readPrices(file: string = OWN_LIST): PriceList {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`price list ${file} cannot be read: ${reason}`, { cause: error });
  }
  const result = v.safeParse(PriceList, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(
    `price list ${file}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}; start from ${OWN_LIST}`,
  );
}

/**
 * The table of list prices: data, so that another region's or a contract's can take its place. The format is that of
 * the local run's bill; its table, which says nothing of storage, will do here too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const Price = v.object({
  title: v.string(),
  unit: v.string(),
  /** USD for `per` units. */
  usd: v.pipe(v.number(), v.finite(), v.minValue(0)),
  per: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});

const Prices = v.object({
  region: v.string(),
  date: v.string(),
  currency: v.literal('USD'),
  terms: v.string(),
  items: v.object({
    'sqs.standard': Price,
    'sqs.fifo': Price,
    'lambda.requests': Price,
    'lambda.gbSeconds': Price,
    'dynamodb.writeUnits': Price,
    'dynamodb.readUnits': Price,
    'dynamodb.storage': v.optional(Price),
  }),
  /** How a mapping polls a queue in which nothing is. */
  idle: v.object({
    pollersPerQueue: v.pipe(v.number(), v.integer(), v.minValue(1)),
    pollSeconds: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
});

export type Prices = v.InferOutput<typeof Prices>;
export type Billed = keyof Prices['items'];

export const OWN_PRICES = join(import.meta.dirname, 'prices.json');

export function readPrices(file: string = OWN_PRICES): Prices {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`price list ${file} cannot be read: ${reason}`, { cause: error });
  }
  const result = v.safeParse(Prices, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(
    `price list ${file}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}; start from ${OWN_PRICES}`,
  );
}

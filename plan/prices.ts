/** The table of list prices: data, so that another region's or a contract's can take its place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseJson } from '../functions/json.ts';

const price = v.pipe(v.number(), v.minValue(0));

const Prices = v.object({
  region: v.string(),
  currency: v.string(),
  asOf: v.string(),
  note: v.string(),
  prices: v.object({
    sqsStandardPerMillion: price,
    sqsFifoPerMillion: price,
    lambdaRequestsPerMillion: price,
    lambdaGbSecond: price,
    dynamoWriteUnitsPerMillion: price,
    dynamoReadUnitsPerMillion: price,
    dynamoStorageGbMonth: price,
  }),
});

export type Prices = v.InferOutput<typeof Prices>;

export function readPrices(file = join(import.meta.dirname, 'prices.json')): Prices {
  const result = v.safeParse(Prices, parseJson(readFileSync(file, 'utf8'), file));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${file}: ${v.getDotPath(issue) ?? 'the table'} ${issue.message}; see plan/prices.json`);
}

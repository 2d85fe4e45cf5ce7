import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { billOf } from '../../../local/bill/bill.ts';
import { BILLED, readPrices } from '../../../local/bill/prices.ts';
import fc from '../../properties.ts';
import { temporaryDirectory } from '../tiny-stack.ts';

const prices = readPrices();

test('a bill has its quantities at list prices, and its total is the sum of its lines', () => {
  const bill = billOf(
    [
      { item: 'dynamodb.writeUnits', detail: 'PutItem', quantity: 100_000 },
      { item: 'sqs.fifo', detail: 'SendMessageBatch', quantity: 200_000 },
      { item: 'lambda.gbSeconds', detail: 'Reader', quantity: 1000 },
    ],
    1_000_000,
    { standard: 1, fifo: 1 },
    prices,
  );
  expect(bill.lines.map(({ detail, usd }) => [detail, Number(usd.toFixed(6))])).toEqual([
    ['SendMessageBatch', 0.1],
    ['Reader', 0.013333],
    ['PutItem', 0.0625],
  ]);
  expect(bill.totalUsd).toBeCloseTo(0.175833, 6);
  expect(bill.perMillionUsd).toBeCloseTo(bill.totalUsd, 9);
});

test('the price of a million follows from the number of readings; without readings there is none', () => {
  const usage = [{ item: 'sqs.standard', detail: 'ReceiveMessage', quantity: 10 } as const];
  const perMillion = (events: number) =>
    billOf(usage, events, { standard: 1, fifo: 0 }, prices).perMillionUsd;
  expect(perMillion(100)).toBeCloseTo(0.04, 9);
  expect(perMillion(0)).toBe(0);
});

test('whatever was used, no line and no total is missing, negative or NaN', () => {
  const usage = fc.record({
    item: fc.constantFrom(...BILLED),
    detail: fc.string(),
    quantity: fc.double({ min: 0, max: 1e12, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(usage), fc.nat(), (usages, events) => {
      const bill = billOf(usages, events, { standard: 1, fifo: 1 }, prices);
      expect(bill.lines).toHaveLength(usages.filter(({ quantity }) => quantity > 0).length);
      expect(bill.lines.every(({ usd }) => Number.isFinite(usd) && usd >= 0)).toBe(true);
      expect(Number.isFinite(bill.perMillionUsd)).toBe(true);
    }),
  );
});

test('polls of empty queues are priced by the hour: five pollers, a poll each 20 seconds', () => {
  const { idleUsdPerHour, totalUsd } = billOf([], 1000, { standard: 1, fifo: 1 }, prices);
  expect(idleUsdPerHour).toBeCloseTo((900 * 0.4 + 900 * 0.5) / 1_000_000, 12);
  expect(totalUsd).toBe(0);
});

describe('a custom price list', () => {
  const given = (value: unknown) => {
    const file = join(temporaryDirectory(), 'prices.json');
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };
  const withPrice = (usd: unknown) => ({
    ...prices,
    items: { ...prices.items, 'sqs.fifo': { ...prices.items['sqs.fifo'], usd } },
  });

  test('replaces ours', () => {
    expect(readPrices(given(withPrice(7))).items['sqs.fifo'].usd).toBe(7);
  });

  test.each([-1, 'free', null])('with %j for a price is refused by its name', (usd) => {
    expect(() => readPrices(given(withPrice(usd)))).toThrow(/items\.sqs\.fifo\.usd/);
  });

  test('that lacks an item is refused by its name', () => {
    const { 'lambda.requests': _, ...items } = prices.items;
    expect(() => readPrices(given({ ...prices, items }))).toThrow(/items\.lambda\.requests/);
  });

  test.each(['not json', ''])('that is not JSON (%j) is refused', (text) => {
    expect(() => readPrices(given(text))).toThrow(/price list .* cannot be read/);
  });

  test('that does not exist is refused', () => {
    expect(() => readPrices('/nowhere/prices.json')).toThrow(
      /price list \/nowhere\/prices.json cannot be read/,
    );
  });
});

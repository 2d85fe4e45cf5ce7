import { expect, test } from 'vitest';
import { compareShadow } from 'weir-pipelines/testing';
import { bookings, bookingsInTurn, someRequests, totals } from './pipelines.ts';

const sums = (of: (amount: number) => number) => ({
  initial: () => ({ sum: 0 }),
  compute: ({ sum }: { readonly sum: number }, { amount }: { readonly amount: number }) => ({
    sum: sum + of(amount),
  }),
});
const same = (amount: number) => amount;
const requests = (...amounts: readonly number[]) =>
  amounts.map((amount, index) => ({ bookings: [{ account: 'a', amount }], turn: amounts.length - index }));

test('the kit reports no difference for an equal compute', async () => {
  const report = await compareShadow(totals, totals, { requests: someRequests() });
  expect(report).toEqual({ readings: 60, different: 0, threw: 0, differences: [] });
});

test('the kit reports each reading that another compute computes differently, and no other one', async () => {
  const next = bookings(sums((amount) => (amount === 7 ? 70 : amount)));
  const report = await compareShadow(bookings(sums(same)), next, { requests: requests(1, 7, 2, 7, 3) });
  const change = (old: string, next: string) => ({ changes: [{ path: '/state/sum', old, new: next }] });
  expect(report).toMatchObject({ readings: 5, different: 2, threw: 0 });
  expect(report.differences).toMatchObject([
    { key: 'a', request: 'request-2', ...change('8', '71') },
    { key: 'a', request: 'request-4', ...change('17', '80') },
  ]);
});

test('the kit compares in the order of requests if the pipeline uses it, and reports where the other compute throws', async () => {
  const next = bookingsInTurn(
    sums((amount) => {
      if (amount === 3) throw new Error('three');
      return amount;
    }),
  );
  const { differences } = await compareShadow(bookingsInTurn(sums(same)), next, {
    requests: requests(1, 2, 3),
  });
  expect(differences).toMatchObject([{ version: 1, request: 'request-3', threw: 'three' }]);
});

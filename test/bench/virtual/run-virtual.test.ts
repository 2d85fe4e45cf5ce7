import { expect, test } from 'vitest';
import { quickRequests, scatteredRequests } from '../../../bench/requests.ts';
import { timeOf } from '../../../bench/run-work.ts';
import { scheduleOf } from '../../../bench/schedule.ts';
import { fixedLatencyMs } from '../../../bench/virtual/measure-virtual.ts';
import { runVirtual } from '../../../bench/virtual/run-virtual.ts';
import { awsProfile } from '../../../plan/profile.ts';

const PROFILE = { profile: awsProfile, readsAtOnce: 200, computes: 20, seed: 1 };

test('on the virtual clock reads of very different length are near the limit of their schedule, at ten requests a call', async () => {
  const requests = scatteredRequests(1000, 20, 12_345);
  const limits = scheduleOf(requests, 200).map((atMs) => ({ atMs, readings: 1 }));
  const { effects, calls } = await runVirtual(requests, PROFILE);
  const lost = (share: number) =>
    (timeOf(effects, share) - fixedLatencyMs(awsProfile)) / timeOf(limits, share);
  expect(lost(0.5)).toBeLessThan(1.6);
  expect(lost(0.99)).toBeLessThan(1.08);
  expect(lost(1)).toBeLessThan(1.08);
  expect(calls.get('ReceiveMessage')).toBeLessThanOrEqual(105);
});

test('the same run gives the same result, and each reading takes effect once', async () => {
  const requests = quickRequests(500, 7, 5);
  const [first, second] = [await runVirtual(requests, PROFILE), await runVirtual(requests, PROFILE)];
  expect(first).toEqual(second);
  expect(first.effects.reduce((sum, { readings }) => sum + readings, 0)).toBe(500);
});

/**
 * W2 on the virtual clock: when half, 99 % and all of the effects are made, compared with the schedule's
 * limit, without the latencies that every effect has and no algorithm can change. It takes seconds and gives
 * the same result on every machine.
 */
import { defaultLimits } from '../../functions/limits.ts';
import { awsProfile, type Profile, slowFifoProfile } from '../../plan/profile.ts';
import type { TimedRequest } from '../requests.ts';
import type { Samples } from '../results.ts';
import { timeOf } from '../run-work.ts';
import { scheduleOf } from '../schedule.ts';
import { runVirtual } from './run-virtual.ts';

const READS_AT_ONCE = 200;
/** One for each key. */
const COMPUTES = 20;
const PROFILES = [
  { system: 'weir', profile: awsProfile },
  { system: 'weir, slow FIFO queue', profile: slowFifoProfile },
];
const SHARES = [0.5, 0.99, 1] as const;

export async function measureVirtual(
  requests: readonly TimedRequest[],
  runs: number,
  samples: Samples,
): Promise<void> {
  const limits = scheduleOf(requests, READS_AT_ONCE).map((atMs) => ({ atMs, readings: 1 }));
  for (let seed = 1; seed <= runs; seed += 1) {
    for (const { system, profile } of PROFILES) {
      const add = (metric: string, unit: string, value: number) =>
        samples.add('W2v', system, metric, unit, value);
      const options = { profile, readsAtOnce: READS_AT_ONCE, computes: COMPUTES, seed };
      const { effects, reads, calls } = await runVirtual(requests, options);
      const readAt = reads.map((atMs) => ({ atMs, readings: 1 }));
      const fixedMs = fixedLatencyMs(profile);
      add('fixed latencies', 'ms', fixedMs);
      for (const share of SHARES) {
        const name = share === 1 ? 'makespan' : `t${share * 100}`;
        const limitMs = timeOf(limits, share);
        add(name, 's', timeOf(effects, share) / 1000);
        add(`${name} / limit`, 'ratio', timeOf(effects, share) / limitMs);
        add(`${name} without fixed latencies / limit`, 'ratio', (timeOf(effects, share) - fixedMs) / limitMs);
        add(`${name} of the reads / limit`, 'ratio', timeOf(readAt, share) / limitMs);
      }
      for (const [operation, count] of calls) add(operation, 'calls/reading', count / requests.length);
    }
  }
}

/**
 * Ms from a request in the queue to its durable effect, without the read and the computation: the sum of each
 * step's median.
 */
export function fixedLatencyMs(profile: Profile): number {
  const { receive, receiveFifo = receive, invoke, send, load, put } = profile;
  const steps = [receive, invoke, send, receiveFifo, invoke, load, put];
  return steps.reduce((sum, step) => sum + step.quantile(0.5), defaultLimits.lingerMs);
}

/** The work as a pipeline of Weir: synthesized, deployed on this machine, fed, and watched until it is at rest. */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { startRun } from '../../local/run.ts';
import type { Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import { readingsOf, type TimedRequest } from '../requests.ts';
import { effectsOf } from './effects.ts';

export interface WeirOptions {
  readonly file: string;
  readonly readers: number;
  readonly computes: number;
}

/** Runs begin warm, with what an event source mapping begins with: how environments start is W5's matter. */
export const WARM = 5;

const State = v.object({ count: v.number(), sum: v.number() });

export async function runWeir(
  requests: readonly TimedRequest[],
  { file, readers, computes }: WeirOptions,
): Promise<Measurement> {
  const run = await startRun({
    pipeline: { file },
    settings: { reader: { maxConcurrency: readers }, compute: { maxConcurrency: computes } },
    prewarm: { ReaderFunction: Math.min(WARM, readers), ComputeFunction: Math.min(WARM, computes) },
    onLog: ({ functionName, line }) => console.error(`${functionName}: ${line}`),
  });
  try {
    const messages = requests.map((request) => ({ body: JSON.stringify(request) }));
    const cpuBefore = cpuMs();
    const startedAt = performance.timeOrigin + performance.now();
    await run.submit(messages);
    await run.stack.atRest();
    const restMs = performance.timeOrigin + performance.now() - startedAt;
    const cpu = cpuMs() - cpuBefore;
    const calls = run.stack.calls.byOperation();
    const items = await run.items();
    return {
      effects: effectsOf(run.observations, startedAt),
      restMs,
      cpuMs: cpu,
      calls,
      bill: stackBill(run.stack, readingsOf(requests), readPrices()),
      totals: new Map(
        items.map(({ key, state }) => [key, v.parse(State, parseJson(state, `the state of ${key}`))]),
      ),
    };
  } finally {
    await run.stop();
  }
}

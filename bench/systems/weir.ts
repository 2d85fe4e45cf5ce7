/** The work as a pipeline of Weir: synthesized, deployed on this machine, fed, and watched until it is at rest. */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import type { SettingsOverride } from '../../infra/settings.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { startRun } from '../../local/run.ts';
import type { Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import { readingsOf, type TimedRequest } from '../requests.ts';
import { effectsOf } from './effects.ts';

export interface WeirOptions {
  readonly file: string;
  readonly settings: SettingsOverride;
  readonly prewarm: Readonly<Record<string, number>>;
}

const State = v.object({ count: v.number(), sum: v.number() });

export async function runWeir(
  requests: readonly TimedRequest[],
  { file, settings, prewarm }: WeirOptions,
): Promise<Measurement> {
  const run = await startRun({
    ...{ pipeline: { file }, settings, prewarm },
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

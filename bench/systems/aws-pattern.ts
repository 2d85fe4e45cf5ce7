/** The work as it is done on AWS today, on the same local engines behind the same gateway. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../functions/ports.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { startStack } from '../../local/stack.ts';
import { planPattern, STATE_TABLE } from '../aws-pattern/plan.ts';
import type { Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import { readingsOf, type TimedRequest } from '../requests.ts';
import { effectsOf } from './effects.ts';
import { WARM } from './weir.ts';

export interface PatternOptions {
  readonly readers: number;
  readonly computes: number;
}

export async function runAwsPattern(
  requests: readonly TimedRequest[],
  { readers, computes }: PatternOptions,
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const observations: (Observation & { readonly environment: number })[] = [];
  const stack = await startStack(await planPattern(folder, { readers, computes }), {
    prewarm: { reader: Math.min(WARM, readers), compute: Math.min(WARM, computes) },
    onLog: ({ functionName, line }) => console.error(`${functionName}: ${line}`),
    onObservation: ({ environment, observation }) => observations.push({ ...observation, environment }),
  });
  try {
    const messages = requests.map((request) => ({ body: JSON.stringify(request) }));
    const cpuBefore = cpuMs();
    const startedAt = performance.timeOrigin + performance.now();
    await stack.submit('requests', messages);
    await stack.atRest();
    const restMs = performance.timeOrigin + performance.now() - startedAt;
    const cpu = cpuMs() - cpuBefore;
    const calls = stack.calls.byOperation();
    const items = await stack.items(STATE_TABLE);
    return {
      effects: effectsOf(observations, startedAt),
      restMs,
      cpuMs: cpu,
      calls,
      bill: stackBill(stack, readingsOf(requests), readPrices()),
      totals: new Map(
        items.map((item) => [
          item['pk']?.S ?? '',
          { count: Number(item['readings']?.N), sum: Number(item['summed']?.N) },
        ]),
      ),
    };
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

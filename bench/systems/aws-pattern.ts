/**
 * The work as it is done on AWS today, behind the same gateway. Its update expressions need an engine that
 * supports them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../functions/ports.ts';
import { startStack } from '../../local/stack.ts';
import { planPattern, STATE_TABLE } from '../aws-pattern/plan.ts';
import type { Measurement } from '../measurement.ts';
import type { TimedRequest } from '../requests.ts';
import { startDynoxide } from './dynoxide.ts';
import { measureStack } from './measure-stack.ts';
import { WARM } from './warm.ts';

export interface PatternOptions {
  readonly readers: number;
  readonly computes: number;
}

export async function runAwsPattern(
  requests: readonly TimedRequest[],
  { readers, computes }: PatternOptions,
): Promise<Measurement> {
  const engine = await startDynoxide();
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const observations: (Observation & { readonly environment: number })[] = [];
  const stack = await startStack(await planPattern(folder, { readers, computes }), {
    processEnv: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint },
    prewarm: { reader: Math.min(WARM, readers), compute: Math.min(WARM, computes) },
    onLog: ({ functionName, line }) => console.error(`${functionName}: ${line}`),
    onObservation: ({ environment, observation }) => observations.push({ ...observation, environment }),
  });
  try {
    const totals = async () =>
      (await stack.items(STATE_TABLE)).map(
        (item) =>
          [
            item['pk']?.S ?? '',
            { count: Number(item['readings']?.N), sum: Number(item['summed']?.N) },
          ] as const,
      );
    return await measureStack({ stack, requestsQueue: 'requests', observations, totals }, requests);
  } finally {
    await stack.stop();
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The work as a pipeline of Weir: synthesized, deployed on this machine, fed, and watched until it is at
 * rest.
 */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { startRun } from '../../local/run.ts';
import type { Measurement } from '../measurement.ts';
import type { TimedRequest } from '../requests.ts';
import { measureStack } from './measure-stack.ts';

export interface WeirOptions {
  readonly file: string;
  readonly readers: number;
  readonly computes: number;
}

/** Environments at the start of a run, as many as an event source mapping starts with. */
export const WARM = 5;

const State = v.object({ count: v.number(), sum: v.number() });

export async function runWeir(
  requests: readonly TimedRequest[],
  { file, readers, computes }: WeirOptions,
): Promise<Measurement> {
  const run = await startRun({
    pipeline: { file },
    settings: { reader: { maxConcurrency: readers }, compute: { maxConcurrency: computes } },
    prewarm: { Reader: Math.min(WARM, readers), Compute: Math.min(WARM, computes) },
    onLog: ({ functionName, line }) => console.error(`${functionName}: ${line}`),
  });
  try {
    const { stack, observations } = run;
    const totals = async () =>
      (await run.items()).map(
        ({ key, state }) => [key, v.parse(State, parseJson(state ?? '', `the state of ${key}`))] as const,
      );
    return await measureStack({ stack, requestsQueue: 'RequestsQueue', observations, totals }, requests);
  } finally {
    await run.stop();
  }
}

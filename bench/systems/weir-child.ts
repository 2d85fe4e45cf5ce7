/**
 * The process of weir.ts: the pipeline is synthesized, deployed on this machine, fed, and watched until it is at rest. It has
 * the options of `weir run`, and the CDK runs in another process, as there.
 */
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { enterLambdaWorld } from '../../cli/run/lambda-world.ts';
import { parseJson } from '../../functions/json.ts';
import { startRun } from '../../local/run.ts';
import { templateApart } from '../../local/template/template-apart.ts';
import { measureStack } from './measure-stack.ts';
import { WARM } from './warm.ts';
import type { WeirTold, WeirWork } from './weir.ts';

enterLambdaWorld();

const State = v.object({ count: v.number(), sum: v.number() });

// Written by weir.ts, which has the same type.
const work: WeirWork = JSON.parse(await text(process.stdin));
const { totals, ...measured } = await measure(work);
console.log(JSON.stringify({ ...measured, totals: [...totals] } satisfies WeirTold));

async function measure({ file, readers, computes, requests }: WeirWork) {
  const start = {
    pipeline: { file },
    settings: { reader: { maxConcurrency: readers }, compute: { maxConcurrency: computes } },
    prewarm: { Reader: Math.min(WARM, readers), Compute: Math.min(WARM, computes) },
    onLog: ({ functionName, line }: { functionName: string; line: string }) =>
      console.error(`${functionName}: ${line}`),
  };
  const run = await startRun(start, templateApart);
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

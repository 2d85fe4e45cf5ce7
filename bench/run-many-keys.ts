/** A local run over many keys, one reading in each request, and its bill. */
import { enterLambdaWorld } from '../cli/run/lambda-world.ts';
import { defaultLimits } from '../functions/limits.ts';
import { readPrices } from '../local/bill/prices.ts';
import { stackBill } from '../local/bill/stack-bill.ts';
import { startRun } from '../local/run.ts';
import { templateApart } from '../local/template/template-apart.ts';
import { createRandom } from '../model/random.ts';
import { CORES, since, usage } from '../plan/check/machine.ts';
import { keyShares } from '../plan/key-shares.ts';
import { type Lines, linesOfRun } from './bill-lines.ts';

export const SHAPE = { readers: 2, computes: 5, computeMs: 0.01, stateBytes: 30, messageBytes: 100 } as const;

/** How long a read takes if all readers together read so many requests a second. */
export function readMsFor(perSecond: number): number {
  return (1000 * SHAPE.readers * defaultLimits.readsPerInvocation) / perSecond;
}

export interface ManyKeys {
  readonly readings: number;
  readonly keys: number;
  readonly skew: number;
  /** What the readers can read in a second. */
  readonly perSecond: number;
}

export interface ManyKeysRun {
  readonly lines: Lines;
  readonly seconds: number;
  readonly cpuMsPerReading: number;
  readonly cores: number;
  /** Processors that other programs used on average. */
  readonly othersCores: number;
}

export async function runManyKeys(work: ManyKeys): Promise<ManyKeysRun> {
  enterLambdaWorld();
  const { readers, computes } = SHAPE;
  const run = await startRun(
    {
      pipeline: { file: 'bench/pipelines/totals.ts' },
      settings: { reader: { maxConcurrency: readers }, compute: { maxConcurrency: computes } },
      prewarm: { Reader: readers, Compute: computes },
    },
    templateApart,
  );
  try {
    const before = usage();
    await run.submit(requestsOf(work));
    await run.stack.atRest();
    const { ownSeconds, othersCores } = since(before, 0);
    const seconds = usage().at - before.at;
    const { readings } = run.seen();
    if (readings !== work.readings)
      throw new Error(`${readings} readings were read instead of ${work.readings}`);
    return {
      lines: linesOfRun(stackBill(run.stack, readings, readPrices())),
      seconds,
      cpuMsPerReading: (ownSeconds * 1000) / readings,
      cores: CORES,
      othersCores,
    };
  } finally {
    await run.stop();
  }
}

function* requestsOf({ readings, keys, skew, perSecond }: ManyKeys) {
  const readMs = readMsFor(perSecond);
  const random = createRandom(1);
  const shares = keyShares(keys, skew);
  for (let number = 0; number < readings; number += 1) {
    const key = `key-${shares.draw(random)}`;
    yield { body: JSON.stringify({ key, readMs, busyMs: 0, blockMs: 0, values: [1] }) };
  }
}

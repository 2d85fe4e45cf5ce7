/**
 * W6: the time for which AWS bills the functions. Each handler, as `cdk synth` bundles it, runs in a process
 * of its own against a server in another process that answers at once, so the results include no queue, table
 * or gateway.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions, type FunctionName } from '../../infra/bundling/bundle.ts';
import { bytesAtStart } from '../cold-start.ts';
import { type HandlerWork, WORKS } from './batches.ts';
import { createHold } from './hold.ts';
import { bundlesOf, compiled, PIPELINE, runChild, startStub, type Told } from './processes.ts';

/** Share of a processor by function memory: 256, 442 (the default) and 1,769 MB. */
const SHARES: ReadonlyMap<string, number> = new Map([
  ['1/7 of a core', 1 / 7],
  ['1/4 of a core', 1 / 4],
  ['1 core', 1],
]);

export interface HandlerFigures {
  /** 'weir', or 'beside' for the other checkout. */
  readonly system: string;
  readonly work: HandlerWork;
  /** 'full speed', or the processor share. */
  readonly speed: string;
  readonly told: Told;
  /** Size of the bundle with the files that it imports at once. */
  readonly bundleKb: number;
}

export interface HandlerOptions {
  readonly rounds: number;
  readonly batches: number;
  /** A checkout of Weir at another commit, to measure in the same rounds. */
  readonly beside: string | undefined;
  readonly onRound: (round: number) => void;
  readonly onFigures: (figures: HandlerFigures) => void;
}

/** Interleaved: each round runs each function of each checkout once at each speed. */
export async function measureHandlers(options: HandlerOptions): Promise<void> {
  const { rounds, batches, beside, onRound, onFigures } = options;
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const child = await compiled(folder, 'child');
  const systems = [{ system: 'weir', bundles: await bundleFunctions(PIPELINE, join(folder, 'weir')) }];
  if (beside !== undefined) {
    systems.push({ system: 'beside', bundles: await bundlesOf(beside, join(folder, 'beside')) });
  }
  const stub = await startStub(await compiled(folder, 'stub'));
  try {
    for (let round = 0; round < rounds; round += 1) {
      onRound(round);
      for (const work of WORKS) {
        for (const { system, bundles } of systems) {
          const file = join(bundles[stageOf(work)], 'index.mjs');
          const bundleKb = (await bytesAtStart(file)) / 1024;
          const task = { file, work, warmUp: Math.min(200, batches), batches, stub: stub.url };
          onFigures({ system, work, speed: 'full speed', told: await runChild(child, task), bundleKb });
          for (const [speed, share] of SHARES) {
            const hold = createHold(`held-${round}`, share);
            if (hold === undefined) continue;
            // With a limited processor a batch takes up to seven times as long, and fewer are enough for a
            // median.
            const held = { ...task, warmUp: 50, batches: Math.ceil(batches / 5), held: hold.members };
            onFigures({ system, work, speed, told: await runChild(child, held), bundleKb });
            hold.release();
          }
        }
      }
    }
  } finally {
    stub.stop();
    await rm(folder, { recursive: true });
  }
}

export function stageOf(work: HandlerWork): FunctionName {
  return work === 'reader' || work === 'writer' ? work : 'compute';
}

/**
 * W6: the time for which AWS bills the functions. Each handler, as `cdk synth` bundles it, runs in a process
 * of its own against a server in another process that answers at once, so the results include no queue, table
 * or gateway.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as v from 'valibot';
import { ENV } from '../../functions/env.ts';
import { type Bundles, bundleFunctions, type FunctionName } from '../../infra/bundling/bundle.ts';
import { bytesAtStart } from '../cold-start.ts';
import { type HandlerWork, WORKS } from './batches.ts';
import type { Task } from './child.ts';
import { createHold } from './hold.ts';

/** Share of a processor by function memory: 256, 442 (the default) and 1,769 MB. */
const SHARES: ReadonlyMap<string, number> = new Map([
  ['1/7 of a core', 1 / 7],
  ['1/4 of a core', 1 / 4],
  ['1 core', 1],
]);

const Told = v.object({
  importCpuMs: v.number(),
  firstAnswerMs: v.number(),
  ms: v.array(v.number()),
  cpuMs: v.number(),
  calls: v.number(),
});

export interface HandlerFigures {
  /** 'weir', or 'beside' for the other checkout. */
  readonly system: string;
  readonly work: HandlerWork;
  /** 'full speed', or the processor share. */
  readonly speed: string;
  readonly told: v.InferOutput<typeof Told>;
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

const PIPELINE = join(import.meta.dirname, '../pipelines/totals-written.ts');
const BundleFolders = v.object({ reader: v.string(), compute: v.string(), writer: v.string() });

/** The same pipeline, with the functions and the bundler of that checkout. */
async function bundlesOf(checkout: string, outdir: string): Promise<Bundles> {
  const bundler = pathToFileURL(resolve(checkout, 'infra/bundling/bundle.ts')).href;
  const { bundleFunctions: bundle }: Record<string, unknown> = await import(bundler);
  if (typeof bundle !== 'function') throw new Error(`${bundler} exports no bundleFunctions`);
  return v.parse(BundleFolders, await bundle(PIPELINE, outdir));
}

function stageOf(work: HandlerWork): FunctionName {
  return work === 'reader' || work === 'writer' ? work : 'compute';
}

/** Compiled to JavaScript, so that Node need not strip types while the start is measured. */
async function compiled(folder: string, name: 'child' | 'stub'): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  await writeFile(file, outputFiles[0]?.contents ?? '');
  return file;
}

interface Stub {
  readonly url: string;
  stop(): void;
}

async function startStub(file: string): Promise<Stub> {
  const hold = createHold('stub');
  const stub = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (hold !== undefined && stub.pid !== undefined) await writeFile(hold.members, String(stub.pid));
  const port = await new Promise<string>((resolve, reject) => {
    stub.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    stub.once('error', reject);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      stub.once('exit', () => hold?.release());
      stub.kill();
    },
  };
}

async function runChild(file: string, task: Task): Promise<v.InferOutput<typeof Told>> {
  const queue = `${task.stub}/000000000000/queue.fifo`;
  const env = {
    PATH: process.env['PATH'],
    ...Object.fromEntries(Object.values(ENV).map((name) => [name, queue])),
    [ENV.tableName]: 'table',
    [ENV.stackName]: 'stack',
    [ENV.tracedPercent]: '0',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: task.stub,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_SESSION_TOKEN: 't'.repeat(600),
  };
  // Lambda gives a start the whole processor; the child switches to its share when it has imported the
  // bundle.
  const free = createHold('start');
  const child: ChildProcess = spawn(process.execPath, [file, JSON.stringify(task)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (free !== undefined && child.pid !== undefined) writeFileSync(free.members, String(child.pid));
  const [answer, problem, status] = await Promise.all([
    text(child.stdio[3] as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  free?.release();
  if (status !== 0) throw new Error(`${task.work} failed: ${problem}`);
  return v.parse(Told, JSON.parse(answer));
}

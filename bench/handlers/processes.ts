/** The processes of W6: the bundled functions, each in a process of its own, and the stub that answers their calls. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as v from 'valibot';
import { ENV } from '../../functions/env.ts';
import type { Bundles } from '../../infra/bundling/bundle.ts';
import type { Task } from './child.ts';
import { createHold } from './hold.ts';

export const PIPELINE = join(import.meta.dirname, '../pipelines/totals-written.ts');

const ToldShape = v.object({
  importCpuMs: v.number(),
  firstAnswerMs: v.number(),
  ms: v.array(v.number()),
  cpuMs: v.number(),
  calls: v.number(),
});

export type Told = v.InferOutput<typeof ToldShape>;

const BundleFolders = v.object({ reader: v.string(), compute: v.string(), writer: v.string() });

/** The same pipeline, with the functions and the bundler of that checkout. */
export async function bundlesOf(checkout: string, outdir: string): Promise<Bundles> {
  const bundler = pathToFileURL(resolve(checkout, 'infra/bundling/bundle.ts')).href;
  const { bundleFunctions: bundle }: Record<string, unknown> = await import(bundler);
  if (typeof bundle !== 'function') throw new Error(`${bundler} exports no bundleFunctions`);
  return v.parse(BundleFolders, await bundle(PIPELINE, outdir));
}

/** Compiled to JavaScript, so that Node need not strip types while the start is measured. */
export async function compiled(folder: string, name: 'child' | 'stub'): Promise<string> {
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

export async function startStub(file: string): Promise<Stub> {
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

export async function runChild(file: string, task: Task): Promise<Told> {
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
  return v.parse(ToldShape, JSON.parse(answer));
}

/**
 * W5: the time from the start of a process until a handler is ready, and the size of its bundle. Each sample
 * is a process of its own that imports the bundle as Lambda's runtime does, with the variables that the
 * handler needs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { ENV } from '../functions/env.ts';
import { bundleFunctions } from '../infra/bundling/bundle.ts';
import { planPattern } from './aws-pattern/plan.ts';

export interface ColdStart {
  readonly system: string;
  readonly bundleKb: number;
  readonly readyMs: number[];
  readonly cpuMs: number[];
}

const PIPELINES = { totals: 'bench/pipelines/totals.ts', clicks: 'pipelines/clicks.ts' };

/** Interleaved: each sample of one bundle is between samples of the others. */
export async function measureColdStarts(samples: number): Promise<ColdStart[]> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  try {
    const starts = await Promise.all(
      (await bundlesIn(folder)).map(async ({ system, file }) => ({
        system,
        file,
        bundleKb: (await bytesAtStart(file)) / 1024,
        readyMs: [] as number[],
        cpuMs: [] as number[],
      })),
    );
    for (let sample = 0; sample < samples; sample += 1) {
      for (const start of starts) {
        const { readyMs, cpuMs } = startOnce(start.file);
        start.readyMs.push(readyMs);
        start.cpuMs.push(cpuMs);
      }
    }
    return starts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundlesIn(folder: string): Promise<{ system: string; file: string }[]> {
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export const handler = async () => {};');
  const bundles = [{ system: 'empty handler', file: empty }];
  for (const [name, file] of Object.entries(PIPELINES)) {
    for (const [stage, directory] of Object.entries(await bundleFunctions(file, join(folder, name)))) {
      bundles.push({ system: `weir ${name} ${stage}`, file: join(directory, 'index.mjs') });
    }
  }
  const pattern = join(folder, 'pattern');
  for (const { name, directory } of (await planPattern(pattern, { readers: 2, computes: 2 })).functions) {
    bundles.push({ system: `aws-pattern ${name}`, file: join(directory, 'index.mjs') });
  }
  return bundles;
}

/**
 * Bytes that a cold start reads: the bundle and the files that it imports at once, not those that it may
 * import later.
 */
export async function bytesAtStart(entry: string): Promise<number> {
  const read = new Set([entry]);
  let bytes = 0;
  for (const file of read) {
    const text = await readFile(file, 'utf8');
    bytes += Buffer.byteLength(text);
    for (const [, name = ''] of text.matchAll(/\b(?:from|import)\s*"(\.\/[^"]+)"/g)) {
      read.add(join(dirname(file), name));
    }
  }
  return bytes;
}

const CHILD = `
  await import(process.argv[1]);
  const { user, system } = process.cpuUsage();
  process.stdout.write(JSON.stringify({ readyMs: performance.now(), cpuMs: (user + system) / 1000 }));
  process.exit(0);`;

const Sample = v.object({ readyMs: v.number(), cpuMs: v.number() });

function startOnce(file: string): v.InferOutput<typeof Sample> {
  const url = 'http://127.0.0.1:1/000000000000/queue';
  const env = {
    ...Object.fromEntries(Object.values(ENV).map((name) => [name, url])),
    READINGS_QUEUE_URL: url,
    STATE_TABLE: 'state',
    IDEMPOTENCY_TABLE: 'idempotency',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', CHILD, file], {
    env,
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`${file} does not import: ${child.stderr}`);
  return v.parse(Sample, JSON.parse(child.stdout));
}

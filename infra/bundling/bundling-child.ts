/** The process that run-apart.ts starts: it gets a task as JSON and answers as JSON. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makesSchedules, type Pipeline } from '../../functions/pipeline.ts';
import { type Bundling, bundleAlone, bundleFunctions } from './bundle.ts';
import { bundleFeed } from './bundle-feed.ts';
import { checkBundles } from './check-bundles.ts';
import { loadPipeline } from './load-pipeline.ts';
import { bundlesOnce } from './once.ts';
import type { Task } from './run-apart.ts';
import { checkShadow, codeOf } from './shadow.ts';

const ANSWER = 3;

bundlesOnce(process.env);

async function run(task: Task): Promise<unknown> {
  if (task.kind === 'load') return checkBundles(task.bundled, task.variables);
  if (task.kind === 'feed') return bundleFeed(task.outdir);
  const { file, outdir, bundling, secrets, shadow } = task;
  const pipeline = await load(file, bundling);
  const { name, limits, source, write, backfill } = pipeline;
  const bundles = await bundleFunctions(file, join(outdir, name), bundling, secrets, shadow?.entry);
  const facts = {
    name,
    limits,
    namesSources: source !== undefined,
    wakes: makesSchedules(pipeline),
    writes: write !== undefined,
    ...(backfill && { backfill }),
    bundles,
  };
  if (shadow === undefined) return facts;
  const { entry, percent } = shadow;
  checkShadow(pipeline, await load(entry, bundling), entry);
  return { ...facts, shadow: { percent, code: await codeOf(file, entry, bundling) } };
}

/** Loads a pipeline's file. A file that needs `loader` or `define` is bundled first, because Node alone cannot load it. */
async function load(file: string, bundling: Bundling): Promise<Pipeline> {
  const { loader = {}, define = {} } = bundling;
  if (Object.keys({ ...loader, ...define }).length === 0) return loadPipeline(file);
  // The bundle is written beside the file, so that its remaining imports resolve as in the file.
  const bundled = join(dirname(file), `.weir-${randomUUID()}.mjs`);
  await writeFile(bundled, await bundleAlone(file, bundling));
  try {
    return await loadPipeline(bundled);
  } finally {
    await rm(bundled);
  }
}

try {
  // run-apart.ts wrote it, with the same type.
  const task: Task = JSON.parse(await text(process.stdin));
  writeSync(ANSWER, JSON.stringify({ result: (await run(task)) ?? null }));
} catch (error) {
  writeSync(ANSWER, JSON.stringify({ failure: error instanceof Error ? error.message : String(error) }));
}
// Anything that the pipeline started when it was loaded would keep the process running.
process.exit();

/** From the file of a pipeline to what a construct needs to know of it, synchronously. */
import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileSystem } from 'aws-cdk-lib/core';
import * as v from 'valibot';
import { defaultLimits, type Limits } from '../../functions/limits.ts';
import type { Bundles, Bundling } from './bundle.ts';
import { runApart } from './run-apart.ts';

export interface BundledPipeline {
  /** The pipeline's own name. */
  readonly name: string;
  readonly limits: Limits;
  /** Whether the pipeline says what its sources are: its reader then shares items of the table. */
  readonly namesSources: boolean;
  /** Whether it has `wake`: its writer then makes schedules. */
  readonly wakes: boolean;
  readonly bundles: Bundles;
  /** The folder with the bundle of feeds. Default: it is made where a feed needs it. */
  readonly feedBundle?: string;
}

export interface BundleOptions {
  readonly bundling?: Bundling;
  /** Variables with which the file is loaded, beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Of which the names count here: see WeirPipelineProps. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** Default: a folder that goes away with this process. */
  readonly outdir?: string;
}

/** `entry` is relative to the working folder. Throws with what to change. */
export function bundlePipeline(entry: string, options: BundleOptions = {}): BundledPipeline {
  const file = resolve(entry);
  if (!existsSync(file)) {
    throw new Error(
      `entry is ${JSON.stringify(entry)}, but there is no file ${file}: give the pipeline's file, relative to ` +
        'the folder in which the app is started, or as an absolute path',
    );
  }
  const { bundling = {}, environment = {}, secrets = {}, outdir = temporaryFolder() } = options;
  return v.parse(
    Bundled,
    runApart({ kind: 'bundle', file, outdir, bundling, secrets: Object.keys(secrets) }, environment),
  );
}

/** The folder with the function of feeds. */
export function bundleFeedApart(): string {
  return v.parse(v.string(), runApart({ kind: 'feed', outdir: temporaryFolder() }));
}

const Bundled = v.object({
  name: v.string(),
  limits: v.object(v.entriesFromList(limitNames(), v.number())),
  namesSources: v.boolean(),
  wakes: v.boolean(),
  bundles: v.object({ reader: v.string(), compute: v.string(), writer: v.string() }),
});

function limitNames() {
  return Object.keys(defaultLimits) as (keyof Limits)[];
}

/** CDK copies what it deploys into its own output folder when the assets are made; the load check comes after that. */
function temporaryFolder(): string {
  const folder = FileSystem.mkdtemp('weir-bundles-');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

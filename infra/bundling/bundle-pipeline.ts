/** Bundles the file of a pipeline, synchronously, and returns the properties that a construct needs. */
import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileSystem } from 'aws-cdk-lib/core';
import * as v from 'valibot';
import type { Backfill } from '../../functions/backfill.ts';
import { defaultLimits, type Limits } from '../../functions/limits.ts';
import type { Bundles, Bundling } from './bundle.ts';
import { runApart } from './run-apart.ts';
import { type ShadowOptions, type ShadowVariables, shadowOptions } from './shadow.ts';

export interface BundledPipeline {
  /** The pipeline's own name. */
  readonly name: string;
  readonly limits: Limits;
  /** Whether the pipeline has `source`: its reader then uses shared items of the table. */
  readonly namesSources: boolean;
  /** Whether its writer makes schedules. */
  readonly wakes: boolean;
  /** Whether the pipeline has `write`: its writer then may send requests. */
  readonly writes: boolean;
  /** Set if the pipeline has a backfill lane. */
  readonly backfill?: Backfill;
  readonly bundles: Bundles;
  /** Set if the pipeline has a shadow, which is in the bundle of compute. */
  readonly shadow?: ShadowVariables;
  /** The folder with the bundle of feeds. Default: it is made when a feed needs it. */
  readonly feedBundle?: string;
}

export interface BundleOptions {
  readonly bundling?: Bundling;
  /** Environment variables for loading the file, besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** See WeirPipelineProps. Only the names are used here. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** See WeirPipelineProps. */
  readonly shadow?: string | ShadowOptions;
  /** Default: a folder that is deleted when this process ends. */
  readonly outdir?: string;
}

/** `entry` is relative to the working folder. Throws an error that names the remedy. */
export function bundlePipeline(entry: string, options: BundleOptions = {}): BundledPipeline {
  const file = resolve(entry);
  if (!existsSync(file)) {
    throw new Error(
      `entry is ${JSON.stringify(entry)}, but there is no file ${file}: give the pipeline's file, relative to ` +
        'the folder in which the app is started, or as an absolute path',
    );
  }
  const { bundling = {}, environment = {}, secrets = {}, outdir = temporaryFolder() } = options;
  const shadow = shadowOptions(options.shadow, resolve);
  const task = { kind: 'bundle', file, outdir, bundling, secrets: Object.keys(secrets), shadow } as const;
  const { shadow: variables, backfill, ...bundled } = v.parse(Bundled, runApart(task, environment));
  return { ...bundled, ...(variables && { shadow: variables }), ...(backfill && { backfill }) };
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
  writes: v.boolean(),
  backfill: v.optional(v.object({ readersMax: v.number(), share: v.number() })),
  shadow: v.optional(v.object({ percent: v.number(), code: v.string() })),
  bundles: v.object({ reader: v.string(), compute: v.string(), writer: v.string() }),
});

function limitNames() {
  return Object.keys(defaultLimits) as (keyof Limits)[];
}

/** The CDK copies the bundles when assets are made, but the later load check still needs this folder. */
function temporaryFolder(): string {
  const folder = FileSystem.mkdtemp('weir-bundles-');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Makes CloudFormation templates of pipeline files, in this process: for the CDK's command line (infra/app.ts) and for the
 * local run, which deploys the same template on this machine. Both use the feature flags of cdk.json, or their templates
 * would differ.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { isRecord, parseJson } from '../functions/json.ts';
import { makesSchedules, type Pipeline } from '../functions/pipeline.ts';
import { type Bundles, bundleFunctions, PROJECT } from './bundling/bundle.ts';
import type { BundledPipeline } from './bundling/bundle-pipeline.ts';
import { checkBundles, type FunctionVariables, knownVariables } from './bundling/check-bundles.ts';
import { loadPipeline } from './bundling/load-pipeline.ts';
import { checkShadow, codeOf, shadowOptions } from './bundling/shadow.ts';
import { DEFAULT_DEPLOYMENT, deployments, type PipelineConfig, pipelines } from './config.ts';
import { PipelineStack } from './pipeline-stack.ts';
import type { Settings, SettingsOverride } from './settings/settings.ts';
import { settingsOfPipeline } from './settings/settings-of-pipeline.ts';

export interface SynthesizeOptions {
  /** Default: the pipelines of infra/config.ts, or the one that the context names (-c pipeline=clicks). */
  readonly pipelines?: readonly PipelineConfig[];
  /** A row of infra/config.ts. Default: the context's (-c deployment=development), else production. */
  readonly deployment?: string;
  /** Overrides the settings of the deployment and of the context. */
  readonly settings?: SettingsOverride;
  /** Folder of the cloud assembly. Default: the one of the CDK's command line, else cdk.out. */
  readonly outdir?: string;
  /** Folder of the bundles. Default: .weir/functions. */
  readonly bundleDir?: string;
  /** Environment variables that the run adds to every function. The check of the bundles uses them too. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to run CloudFormation's validation and cdk-nag, which take seconds. Default: true. */
  readonly validate?: boolean;
}

export interface SynthesizedStack {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly settings: Settings;
  readonly bundles: Bundles;
  /** Folder of the cloud assembly. NAME.assets.json in it lists the template's assets. */
  readonly assembly: string;
  readonly template: Readonly<Record<string, unknown>>;
}

export async function synthesize(options: SynthesizeOptions = {}): Promise<SynthesizedStack[]> {
  const app = new App({
    context: contextOfCdkJson(options.pipelines?.[0]?.file),
    outdir: options.outdir ?? process.env['CDK_OUTDIR'] ?? join(PROJECT, 'cdk.out'),
    analyticsReporting: false,
    builtinCloudFormationValidation: options.validate ?? true,
  });
  if (options.validate ?? true) (await import('./checks.ts')).addChecks(app);
  const context = (name: string): unknown => app.node.tryGetContext(name);
  const deployment = options.deployment ?? context('deployment') ?? DEFAULT_DEPLOYMENT;
  const overrides = [rowOf('deployment', deployments, deployment), context('settings'), options.settings];
  const configs = options.pipelines ?? configsOf(context('pipeline'));
  const plans = await Promise.all(
    configs.map((config) =>
      planOf(config, overrides, options.bundleDir ?? join(PROJECT, '.weir', 'functions')),
    ),
  );
  const nameOf = (pipeline: Pipeline) => `${pipeline.name}-${deployment}`;
  for (const { pipeline, props } of plans) {
    new PipelineStack(app, nameOf(pipeline), {
      ...props,
      description: `Weir pipeline ${pipeline.name}: reads side by side, computes one at a time for each key.`,
    });
  }
  const assembly = app.synth();
  return Promise.all(
    plans.map(async ({ pipeline, props: { entry, settings, bundled } }) => {
      const name = nameOf(pipeline);
      const template: unknown = assembly.getStackByName(name).template;
      if (!isRecord(template)) throw new Error(`the template of stack ${name} is not an object`);
      const { bundles } = bundled;
      await checkBundles({ file: entry, bundles }, variablesIn(template, options.env ?? {}));
      return { name, pipeline, settings, bundles, assembly: assembly.directory, template };
    }),
  );
}

/** The environment variables of each function. */
function variablesIn(
  template: Readonly<Record<string, unknown>>,
  added: Readonly<Record<string, string>>,
): FunctionVariables {
  const of = (id: string): Record<string, string> => {
    const variables = ['Resources', id, 'Properties', 'Environment', 'Variables'].reduce<unknown>(
      (value, name) => (isRecord(value) ? value[name] : undefined),
      template,
    );
    return { ...knownVariables(variables), ...added };
  };
  return { reader: of('Reader'), compute: of('Compute'), writer: of('Writer') };
}

async function planOf(config: PipelineConfig, overrides: readonly unknown[], bundleDir: string) {
  const { file, ...props } = config;
  const path = resolve(PROJECT, file);
  const pipeline = await loadPipeline(path);
  const settings = settingsOf(pipeline, overrides);
  const { bundling = {}, secrets = {} } = props;
  const shadow = shadowOptions(props.shadow, (entry) => resolve(PROJECT, entry));
  if (shadow !== undefined) checkShadow(pipeline, await loadPipeline(shadow.entry), shadow.entry);
  const outdir = join(bundleDir, pipeline.name);
  const bundles = await bundleFunctions(path, outdir, bundling, Object.keys(secrets), shadow?.entry);
  const bundled: BundledPipeline = {
    name: pipeline.name,
    limits: pipeline.limits,
    namesSources: pipeline.source !== undefined,
    wakes: makesSchedules(pipeline),
    writes: pipeline.write !== undefined,
    ...(pipeline.backfill && { backfill: pipeline.backfill }),
    bundles,
    ...(shadow && {
      shadow: { percent: shadow.percent, code: await codeOf(path, shadow.entry, bundling) },
    }),
  };
  return { pipeline, props: { ...props, entry: path, settings, bundled } };
}

/**
 * The context in the cdk.json nearest to a pipeline's file, or in Weir's own if there is none. From another app's cdk.json only
 * the feature flags are used, because its other names have another meaning.
 */
export function contextOfCdkJson(pipelineFile = PROJECT): Record<string, unknown> {
  const own = join(PROJECT, 'cdk.json');
  const file = cdkJsonAbove(resolve(PROJECT, pipelineFile)) ?? own;
  const cdkJson = parseJson(readFileSync(file, 'utf8'), file);
  const context = isRecord(cdkJson) ? cdkJson['context'] : undefined;
  if (file !== own)
    return Object.fromEntries(Object.entries(isRecord(context) ? context : {}).filter(isFlag));
  if (!isRecord(context)) throw new Error('cdk.json has no object "context": restore it from the repository');
  return context;
}

function isFlag([name]: readonly [string, unknown]): boolean {
  return name.startsWith('@aws-cdk');
}

function cdkJsonAbove(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = join(folder, 'cdk.json');
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

function configsOf(name: unknown): PipelineConfig[] {
  if (name === undefined) return Object.values(pipelines);
  return [rowOf('pipeline', pipelines, name)];
}

function rowOf<Row>(kind: string, table: Readonly<Record<string, Row>>, name: unknown): Row {
  const row = Object.entries(table).find(([rowName]) => rowName === name)?.[1];
  if (row === undefined) {
    throw new Error(
      `${kind} ${JSON.stringify(name)} is not in infra/config.ts, use one of: ${Object.keys(table).join(', ')}`,
    );
  }
  return row;
}

/** The context's settings are text if they come from the command line, and an object if they come from cdk.json. */
function settingsOf(pipeline: Pipeline, overrides: readonly unknown[]): Settings {
  const parsed = overrides
    .filter((override) => override !== undefined)
    .map((override) => (typeof override === 'string' ? parseText(override) : override));
  return settingsOfPipeline(pipeline, ...parsed);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`settings is not JSON: ${text}`, { cause: error });
  }
}

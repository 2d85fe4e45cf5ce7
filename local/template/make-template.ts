/** A pipeline's own stack, synthesized into a folder: what `cdk deploy` would take to AWS. */
import { join } from 'node:path';
import { defined } from '../../functions/defined.ts';
import type { PipelineConfig } from '../../infra/config.ts';
import type { SettingsOverride } from '../../infra/settings/settings.ts';

export interface TemplateOrder {
  readonly pipeline: PipelineConfig;
  readonly settings?: SettingsOverride;
  /** Added to every function's environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of secrets that the run has. */
  readonly secrets: readonly string[];
  /** The template and the bundles come in here. */
  readonly folder: string;
}

export interface MadeTemplate {
  /** Of the pipeline, and of its stack. */
  readonly name: string;
  readonly stack: string;
  /** The folder of the cloud assembly. */
  readonly assembly: string;
}

export async function makeTemplate(order: TemplateOrder): Promise<MadeTemplate> {
  // The CDK takes a while to load, and only this needs it.
  const { synthesize } = await import('../../infra/synthesize.ts');
  const { localSecrets } = await import('../local-secrets.ts');
  const { pipeline, settings, env, secrets, folder } = order;
  const [made] = await synthesize({
    pipelines: [{ ...pipeline, secrets: { ...localSecrets(secrets), ...pipeline.secrets } }],
    ...defined({ settings }),
    env,
    validate: false,
    outdir: join(folder, 'cdk.out'),
    bundleDir: join(folder, 'functions'),
  });
  if (made === undefined) throw new Error(`${pipeline.file} gave no stack`);
  return { name: made.pipeline.name, stack: made.name, assembly: made.assembly };
}

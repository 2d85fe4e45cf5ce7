/**
 * `--app COMMAND --stack S --pipeline P`: a pipeline of the user's CDK app. The app is started as the CDK's
 * command line starts it, and its template is what would be deployed.
 * https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/toolkit-lib/lib/api/cloud-assembly/private/exec.ts
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRecord, parseJson } from '../../functions/json.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { type OnePipeline, onePipeline } from '../../local/template/one-pipeline.ts';
import { pipelinesIn } from '../../local/template/pipelines-in.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../local/template/stack-spec.ts';
import type { TemplateSource } from '../../local/template/template.ts';
import { UsageError } from '../terminal/options.ts';

export interface AppOptions {
  /** Default: the app in cdk.json. */
  readonly app?: string | undefined;
  /** Default: the only stack with pipelines. */
  readonly stack?: string | undefined;
  /** Default: the only pipeline of the stack. */
  readonly pipeline?: string | undefined;
  /** The folder of an app that is already synthesized. */
  readonly assembly?: string | undefined;
}

/** `outdir`: the folder that the app writes to. */
export async function synthesizeApp(options: AppOptions, outdir: string): Promise<OnePipeline> {
  return choosePipeline(await pipelinesOfApp(options, outdir), options);
}

/** The chosen stack with all its pipelines. */
export async function pipelinesOfApp(options: AppOptions, outdir: string): Promise<TemplateSource> {
  const { assembly, app } = options;
  if (assembly === undefined) await runApp(app ?? appOfCdkJson(), outdir);
  return chooseStack(readAssembly(assembly ?? outdir), options);
}

function chooseStack(stacks: readonly TemplateSource[], { stack }: AppOptions): TemplateSource {
  const able = stacks.filter(({ template }) => pipelinesIn(template).length > 0);
  const names = able.map(({ stackName }) => stackName).join(', ');
  if (able.length === 0) {
    throw new UsageError(
      'the app has no stack with a pipeline: add new WeirPipeline(this, NAME, { entry: FILE }) to a stack',
    );
  }
  const [only] = able;
  const source =
    stack === undefined && able.length === 1 ? only : able.find((each) => each.stackName === stack);
  if (source === undefined) {
    const given = stack === undefined ? 'several stacks with pipelines' : `no stack ${stack} with a pipeline`;
    throw new UsageError(`the app has ${given}: choose with --stack: ${names}`);
  }
  return source;
}

function choosePipeline(source: TemplateSource, { pipeline }: AppOptions): OnePipeline {
  const pipelines = pipelinesIn(source.template);
  const wanted = pipeline?.replace(/[^A-Za-z0-9]/g, '');
  const found =
    wanted === undefined && pipelines.length === 1
      ? pipelines[0]
      : pipelines.find(({ name }) => name === wanted);
  if (found !== undefined) return onePipeline(source, found);
  const known = pipelines.map(({ name }) => name).join(', ');
  const given = pipeline === undefined ? 'several pipelines' : `no pipeline ${JSON.stringify(pipeline)}`;
  const all = pipeline === undefined ? '; or run them all with --all' : '';
  throw new UsageError(`stack ${source.stackName} has ${given}: choose with --pipeline: ${known}${all}`);
}

function appOfCdkJson(): string {
  const app = existsSync('cdk.json') ? cdkJson()['app'] : undefined;
  if (typeof app === 'string') return app;
  throw new UsageError('no CDK app in this folder: give --app COMMAND, such as --app "node infra/app.ts"');
}

function cdkJson(): Record<string, unknown> {
  return readObject('cdk.json');
}

function readObject(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  const value = parseJson(readFileSync(file, 'utf8'), file, 'rounded');
  return isRecord(value) ? value : {};
}

async function runApp(command: string, outdir: string): Promise<void> {
  const { context } = cdkJson();
  const child = spawn(command, {
    shell: true,
    // The app's output is not this command's output, so it goes to standard error.
    stdio: ['ignore', 2, 2],
    env: {
      CDK_DEFAULT_ACCOUNT: LOCAL_ACCOUNT,
      CDK_DEFAULT_REGION: LOCAL_REGION,
      ...process.env,
      CDK_OUTDIR: resolve(outdir),
      CDK_CONTEXT_JSON: JSON.stringify({
        ...(isRecord(context) ? context : {}),
        ...readObject('cdk.context.json'),
        'aws:cdk:enable-path-metadata': true,
      }),
    },
  });
  const status = await new Promise<number | string | null>((ended, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => ended(signal ?? code));
  });
  if (status !== 0) {
    throw new UsageError(`the app ended with ${status} (${command}): fix the error that it printed above`);
  }
  if (!existsSync(resolve(outdir, 'manifest.json'))) {
    throw new UsageError(
      `the app (${command}) wrote no templates: it must create an App, and may have to call app.synth()`,
    );
  }
}

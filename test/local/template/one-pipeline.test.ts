/** Compares a pipeline taken from a stack with other resources to a stack that is one pipeline. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { App, CfnOutput, Fn, Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import type { WeirPipelineProps } from '../../../infra/pipeline-props.ts';
import { PipelineStack } from '../../../infra/pipeline-stack.ts';
import { deriveSettings } from '../../../infra/settings/settings.ts';
import { WeirPipeline } from '../../../infra/weir-pipeline.ts';
import { readAssembly } from '../../../local/template/assembly.ts';
import { onePipeline } from '../../../local/template/one-pipeline.ts';
import { pipelinesIn } from '../../../local/template/pipelines-in.ts';
import { planStack, type TemplateSource } from '../../../local/template/template.ts';
import tally from '../../infra/tally.ts';
import { temporaryDirectory } from '../tiny-stack.ts';

const { limits } = tally;
const settings = deriveSettings(limits, { compute: { provisionedConcurrency: 1 } });

function bundled(folder: string): NonNullable<WeirPipelineProps['bundled']> {
  const bundle = (name: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), '');
    return join(folder, name);
  };
  return {
    name: 'tally',
    limits,
    namesSources: false,
    wakes: false,
    writes: true,
    bundles: { reader: bundle('r'), compute: bundle('c'), writer: bundle('w') },
  };
}

function synthesized(build: (app: App, props: WeirPipelineProps) => void): TemplateSource[] {
  const folder = temporaryDirectory();
  const outdir = join(folder, 'cdk.out');
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:enable-path-metadata': true },
  });
  build(app, { entry: 'tally.ts', bundled: bundled(folder), settings, resultsQueue: true });
  app.synth();
  return readAssembly(outdir);
}

function taken(sources: readonly TemplateSource[], name: string) {
  const [source] = sources;
  const found = pipelinesIn(source?.template).find((each) => each.name === name);
  if (source === undefined || found === undefined) throw new Error(`no ${name}`);
  return onePipeline(source, found);
}

test('a pipeline beside others in a stack is the same on this machine as one that is a stack of its own', () => {
  const [alone] = synthesized((app, props) => new PipelineStack(app, 'tally', props));
  const { source } = taken(
    synthesized((app, props) => {
      const stack = new Stack(app, 'Shop');
      new WeirPipeline(stack, 'Energy', props);
      new WeirPipeline(stack, 'Water', props);
    }),
    'Water',
  );
  if (alone === undefined) throw new Error('no stack');
  const told = ({ name: _name, functions, ...plan }: ReturnType<typeof planStack>) => ({
    ...plan,
    functions: functions.map(({ directory: _folder, environment, ...each }) => {
      const { WEIR_STACK_NAME: _stack, WEIR_PIPELINE: _pipeline, ...variables } = environment;
      return { ...each, variables };
    }),
  });
  expect(told(planStack(source))).toEqual(told(planStack(alone)));
  expect(planStack(source).functions.map(({ id, provisioned }) => [id, provisioned])).toContainEqual([
    'Compute',
    1,
  ]);
});

describe('other resources of a stack', () => {
  const sources = () =>
    synthesized((app, props) => {
      const stack = new Stack(app, 'Shop');
      const key = new Key(stack, 'Key');
      const imported = Key.fromKeyArn(stack, 'Shared', Fn.importValue('shared-key'));
      const pipeline = new WeirPipeline(stack, 'Energy', {
        ...props,
        vpc: new Vpc(stack, 'Network', { maxAzs: 1 }),
        encryptionKey: key,
        secrets: { PASSWORD: new Secret(stack, 'Password', { encryptionKey: imported }) },
      });
      new WeirPipeline(stack, 'Water', props);
      // The name of a part, taken by another.
      const reader = new CfnQueue(stack, 'Reader');
      new CfnOutput(stack, 'Own', { value: reader.ref });
      pipeline.reader.addEnvironment('OWN_QUEUE', reader.attrArn);
      imported.grantDecrypt(pipeline.writer);
    });

  test('are left out, and listed once by the names of their constructs', () => {
    expect(taken(sources(), 'Energy').passedOver).toEqual([
      'Key',
      'Network',
      'Password',
      'the pipeline Water',
      'Reader',
    ]);
  });

  test('can be referred to: a pipeline with a network, a key and secrets runs here', () => {
    const { functions } = planStack(taken(sources(), 'Energy').source);
    expect(functions.map(({ id }) => id)).toEqual(['Reader', 'Compute', 'Writer']);
    expect(functions[0]?.environment).toMatchObject({
      OWN_QUEUE: 'arn:aws:sqs:us-east-1:000000000000:ReaderOfTheStack',
      WEIR_SECRET_PASSWORD: expect.stringMatching(/^Password/),
      WEIR_REQUESTS_QUEUE_URL: 'http://sqs.invalid/000000000000/RequestsQueue',
    });
  });
});

test('a stack without a pipeline has none, whatever its outputs are called', () => {
  const [source] = synthesized((app) => {
    const stack = new Stack(app, 'Shop');
    new CfnOutput(stack, 'MyReaderFunctionName', { value: 'x' });
    new CfnQueue(stack, 'Orders');
  });
  expect(pipelinesIn(source?.template)).toEqual([]);
});

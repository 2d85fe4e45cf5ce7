/**
 * Reads a synthesized CloudFormation template into a plan. Anything it does not understand is an error that
 * names it: a setting that is silently ignored would make the local run behave unlike the deployed stack.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../../functions/defined.ts';
import { arnOfMapping } from '../gateway/brake-calls.ts';
import { feedsOf, type StackPlan } from './stack-spec.ts';
import { readAssets } from './template-assets.ts';
import { planBudget } from './template-budget.ts';
import { planFunction } from './template-functions.ts';
import { planMappings } from './template-mappings.ts';
import { Resources } from './template-resources.ts';
import { planSchedule } from './template-schedules.ts';
import { planBucket, planQueue, planTable } from './template-storage.ts';
import { checkWakeRole } from './template-wakes.ts';

export interface TemplateSource {
  readonly stackName: string;
  /** The template and the asset manifest of the stack, parsed from their JSON. */
  readonly template: unknown;
  readonly assets: unknown;
  /** The folder to which the asset manifest's paths are relative. */
  readonly directory: string;
  /** Other resources of the same stack: they may be referred to but are not carried out. */
  readonly others?: Readonly<Record<string, unknown>>;
}

/** Reads the stack's files from the output folder of `cdk synth`. */
export function readTemplate(directory: string, stackName: string): TemplateSource {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  return {
    stackName,
    template: read(`${stackName}.template.json`),
    assets: read(`${stackName}.assets.json`),
    directory,
  };
}

export function planStack(source: TemplateSource): StackPlan {
  const resources = new Resources(source.stackName, source.template, source.others);
  const of = (...types: string[]) => resources.ofTypes(types);
  const codeDirectory = readAssets(source.assets, source.directory);
  const policies = [...of('AWS::IAM::Role'), ...of('AWS::IAM::Policy')];
  const queues = of('AWS::SQS::Queue');
  const tables = of('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(planTable);
  const arnOfQueue = (url: string) => queues.find(({ ref }) => ref === url)?.arn ?? url;
  const aliases = of('AWS::Lambda::Alias');
  const functions = of('AWS::Lambda::Function').map((resource) =>
    planFunction(resource, policies, codeDirectory, aliases),
  );
  for (const each of functions) checkWakeRole(each, policies, arnOfQueue);
  return {
    name: source.stackName,
    queues: queues.map(planQueue),
    tables,
    buckets: of('AWS::S3::Bucket').map(planBucket),
    functions,
    ...planMappings(of('AWS::Lambda::EventSourceMapping'), {
      feeds: new Set(feedsOf(functions).map(({ name }) => name)),
      here: new Set([
        ...queues.map(({ arn }) => arn),
        ...tables.flatMap(({ stream }) => (stream === undefined ? [] : [stream.arn])),
      ]),
    }),
    schedules: of('AWS::Scheduler::Schedule').map((resource) =>
      planSchedule(resource, policies, {
        queue: arnOfQueue,
        mapping: arnOfMapping,
      }),
    ),
    ...defined({ budget: planBudget(source.template, source.others) }),
  };
}

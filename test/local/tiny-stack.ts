/**
 * Stacks of a few lines for tests: real threads, real queues, a real DynamoDB engine, handlers written as
 * text.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InvocationReport } from '../../local/lambda/environment.ts';
import type { LogLine } from '../../local/lambda/watch-function.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { startStack } from '../../local/stack.ts';
import type { StackOptions } from '../../local/stack-options.ts';
import { planStack, type TemplateSource } from '../../local/template/template.ts';
import { createWaitingClock } from './waiting-clock.ts';

export interface TinyFunction {
  /** Source of index.mjs, or a folder with a bundle. */
  readonly code: string | { readonly folder: string };
  readonly statements?: readonly object[];
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, unknown>>;
}

export function tinyTemplate(
  functions: Readonly<Record<string, TinyFunction>>,
  resources: Readonly<Record<string, object>>,
): TemplateSource {
  const directory = temporaryDirectory();
  const files = Object.entries(functions).map(([id, { code }]) => {
    if (typeof code === 'string') {
      mkdirSync(join(directory, id));
      writeFileSync(join(directory, id, 'index.mjs'), code);
    } else {
      cpSync(code.folder, join(directory, id), { recursive: true });
    }
    return [id, { source: { path: id }, destinations: { local: { objectKey: `${id}.zip` } } }];
  });
  const declared = Object.entries(functions).flatMap(([id, each]) => [
    [id, functionResource(id, each)],
    [`${id}Role`, roleResource(each.statements ?? [])],
  ]);
  return {
    stackName: 'tiny',
    template: { Resources: { ...Object.fromEntries(declared), ...resources } },
    assets: { files: Object.fromEntries(files) },
    directory,
  };
}

function functionResource(id: string, { timeout = 300, env = {} }: TinyFunction): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: `${id}.zip` },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
      Runtime: 'nodejs24.x',
      Timeout: timeout,
      MemorySize: 128,
      Environment: { Variables: env },
    },
  };
}

function roleResource(statements: readonly object[]): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [{ PolicyName: 'uses', PolicyDocument: { Statement: statements } }] },
  };
}

export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
export const allow = (action: string | string[], resource: unknown) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});
export const receiveFrom = (id: string) =>
  allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arnOf(id));

export const queue = (properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties: properties });

export const queueMapping = (queueId: string, functionId: string, properties: object = {}) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: arnOf(queueId),
    FunctionName: { Ref: functionId },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ...properties,
  },
});

export const streamMapping = (tableId: string, functionId: string, properties: object = {}) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: { 'Fn::GetAtt': [tableId, 'StreamArn'] },
    FunctionName: { Ref: functionId },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    ...properties,
  },
});

export const readStream = (tableId: string) => [
  allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], {
    'Fn::GetAtt': [tableId, 'StreamArn'],
  }),
  allow('dynamodb:ListStreams', '*'),
];

export const table = (viewType?: string) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    ...(viewType === undefined ? {} : { StreamSpecification: { StreamViewType: viewType } }),
  },
});

export interface TinyRun {
  readonly stack: LocalStack;
  readonly logs: readonly LogLine[];
  readonly reports: readonly InvocationReport[];
  /** What the functions printed, each line parsed as JSON. */
  printed(): unknown[];
}

export async function run(source: TemplateSource, options: StackOptions = {}): Promise<TinyRun> {
  const logs: LogLine[] = [];
  const reports: InvocationReport[] = [];
  const plan = planStack(source);
  let stack: LocalStack | undefined;
  const clock = createWaitingClock(() => {
    const counts = plan.queues.map(({ id }) => stack?.counts(id));
    return counts.some((each) => each !== undefined && each.inFlight + each.delayed > 0);
  });
  const started = await startStack(plan, {
    onLog: (line) => logs.push(line),
    streamBackoffMs: 5,
    clock,
    ...options,
    onWork(name, change) {
      clock.onWork(name, change);
      options.onWork?.(name, change);
    },
    onReport: (report) => {
      reports.push(report);
      options.onReport?.(report);
    },
  });
  stack = started;
  onTestFinished(() => started.stop());
  const printed = () =>
    logs.filter(({ stream }) => stream === 'stdout').map(({ line }): unknown => JSON.parse(line));
  return { stack: started, logs, reports, printed };
}

/**
 * For handlers: a piece of code that goes on when as many invocations as `count` have come to it. So what has to overlap does, on
 * any machine.
 */
export function meeting(count: number): string {
  const file = JSON.stringify(join(temporaryDirectory(), 'met'));
  return `
    const { appendFileSync, readFileSync } = await import('node:fs');
    appendFileSync(${file}, '.');
    while (readFileSync(${file}).length < ${count}) await new Promise((look) => setTimeout(look, 5));`;
}

/** For handlers: a piece of code that waits until `open` was called. */
export function gate(): { readonly code: string; open(): void } {
  const file = join(temporaryDirectory(), 'open');
  const code = `
    const { existsSync } = await import('node:fs');
    while (!existsSync(${JSON.stringify(file)})) await new Promise((look) => setTimeout(look, 5));`;
  return { code, open: () => writeFileSync(file, '') };
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, maxRetries: 50, retryDelay: 100 }));
  return directory;
}

/** For handlers: their folder is outside of the project, so packages are imported by their full address. */
export const SQS_PACKAGE = JSON.stringify(import.meta.resolve('@aws-sdk/client-sqs'));
export const DYNAMODB_PACKAGE = JSON.stringify(import.meta.resolve('@aws-sdk/client-dynamodb'));

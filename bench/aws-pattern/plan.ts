/**
 * The stack of today's pattern: two queues with dead-letter queues, two functions and two tables, with Weir's
 * settings.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  type FunctionPlan,
  LOCAL_ACCOUNT,
  LOCAL_REGION,
  QUEUE_URL_ORIGIN,
  type QueuePlan,
  type StackPlan,
  type TablePlan,
} from '../../local/template/stack-spec.ts';

export const STATE_TABLE = 'pattern-state';
const IDEMPOTENCY_TABLE = 'pattern-idempotency';

const requests = queuePlan('requests', false);
const requestsDead = queuePlan('requests-dead', false);
const readings = queuePlan('readings.fifo', true);
const readingsDead = queuePlan('readings-dead.fifo', true);

export async function planPattern(
  directory: string,
  { readers, computes }: { readonly readers: number; readonly computes: number },
): Promise<StackPlan> {
  await bundle(directory);
  const functions = [
    functionPlan('reader', directory, { READINGS_QUEUE_URL: readings.url }, [requests.arn, readings.arn]),
    functionPlan('compute', directory, { STATE_TABLE, IDEMPOTENCY_TABLE }, [readings.arn, '*']),
  ];
  return {
    name: 'pattern',
    queues: [
      requestsDead,
      { ...requests, redrive: { deadLetterQueueArn: requestsDead.arn, maxReceiveCount: 10 } },
      readingsDead,
      { ...readings, redrive: { deadLetterQueueArn: readingsDead.arn, maxReceiveCount: 10 } },
    ],
    tables: [tablePlan(STATE_TABLE, 'pk'), tablePlan(IDEMPOTENCY_TABLE, 'id')],
    buckets: [],
    functions,
    queueMappings: [mapping('reader', requests.arn, readers), mapping('compute', readings.arn, computes)],
    streamMappings: [],
    schedules: [],
  };
}

async function bundle(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: ['reader', 'compute'].map((name) => ({
      in: join(import.meta.dirname, `${name}.ts`),
      out: `${name}/index`,
    })),
    outdir: directory,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'silent',
  });
}

function queuePlan(name: string, fifo: boolean): QueuePlan {
  return {
    id: name,
    name,
    fifo,
    arn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`,
    url: `${QUEUE_URL_ORIGIN}/${LOCAL_ACCOUNT}/${name}`,
    visibilityTimeoutSeconds: 210,
    retentionSeconds: 1_209_600,
    delaySeconds: 0,
    contentBasedDeduplication: false,
    redrive: undefined,
    deduplicationScope: fifo ? 'messageGroup' : 'queue',
    throughputLimit: fifo ? 'perMessageGroupId' : 'perQueue',
  };
}

function tablePlan(name: string, key: string): TablePlan {
  return {
    id: name,
    name,
    arn: `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${name}`,
    attributes: [{ name: key, type: 'S' }],
    keys: [{ name: key, type: 'HASH' }],
    stream: undefined,
    ttlAttribute: undefined,
  };
}

function functionPlan(
  name: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
  resources: readonly string[],
): FunctionPlan {
  return {
    id: name,
    name,
    arn: `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`,
    directory: join(directory, name),
    handler: 'index.handler',
    timeoutSeconds: 35,
    memoryMb: 256,
    provisioned: 0,
    environment: { ...environment, POWERTOOLS_SERVICE_NAME: 'pattern' },
    policy: [{ effect: 'Allow', actions: ['sqs:*', 'dynamodb:*'], resources: [...resources] }],
  };
}

function mapping(functionName: string, queueArn: string, concurrencyMax: number) {
  const id = `${functionName}-mapping`;
  return { id, queueArn, functionName, batchSize: 10, concurrencyMax, partialResponses: true };
}

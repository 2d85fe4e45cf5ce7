/** Clients for the addresses of a deployment: with the user's own credentials, or those of a local run. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { defined } from '../functions/defined.ts';
import { checkAnswers } from './answers.ts';
import type { Addresses, Deployment } from './deployment.ts';
import { endpointFor } from './endpoints.ts';
import { outputsInBucket, outputsInFolder } from './failed-outputs.ts';
import { createSignedCall } from './signed-call.ts';

/** A person waits for the answer, over whatever network: more patience than a function has, but not without end. */
const CLIENT_SETTINGS = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};

export interface LocalAccess {
  /** The local run's gateway. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** The folder that stands in for the bucket of outputs that no write took. */
  readonly failedOutputsFolder: string;
  /** When the run began: it tells one run from another. */
  readonly startedAt: string;
}

export function connectLocal(addresses: Addresses, access: LocalAccess): Deployment {
  const { endpoint, region, accessKeyId, failedOutputsFolder, startedAt } = access;
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  // A run that computes may leave this machine little time for anything else; one that is gone refuses at once.
  const requestHandler = { ...CLIENT_SETTINGS.requestHandler, connectionTimeout: 30_000 };
  const settings = { ...CLIENT_SETTINGS, maxAttempts: 2, requestHandler, endpoint, region, credentials };
  const sqs = new SQSClient(settings);
  const dynamo = new DynamoDBClient(settings);
  return {
    ...addresses,
    id: `local run of ${startedAt}`,
    local: true,
    sqs,
    dynamo,
    call: createSignedCall(sqs, endpoint),
    failedOutputs: outputsInFolder(failedOutputsFolder),
    close: () => closeAll(sqs, dynamo),
  };
}

export function connectAws(addresses: Addresses, region: string | undefined, bucket: string): Deployment {
  const settings = { ...CLIENT_SETTINGS, ...defined({ region }) };
  // A queue's URL may name AWS or another host inside of a container: the endpoint that was given decides.
  const sqsEndpoint = endpointFor('SQS', process.env);
  const elsewhere = sqsEndpoint === undefined ? {} : { endpoint: sqsEndpoint, useQueueUrlAsEndpoint: false };
  const sqs = new SQSClient({ ...settings, ...elsewhere });
  const dynamo = new DynamoDBClient(settings);
  for (const client of [sqs, dynamo]) checkAnswers(client);
  const createS3 = async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    // A name in front of localhost, as buckets have it on AWS, is found on few machines.
    const client = new S3Client({
      ...settings,
      forcePathStyle: endpointFor('S3', process.env) !== undefined,
    });
    checkAnswers(client);
    return client;
  };
  return {
    ...addresses,
    // The URL holds region and account: stacks of one name in two accounts are two deployments.
    id: addresses.requestsQueue,
    local: false,
    sqs,
    dynamo,
    call: createSignedCall(sqs),
    failedOutputs: outputsInBucket(createS3, bucket),
    close: () => closeAll(sqs, dynamo),
  };
}

function closeAll(...clients: readonly { destroy(): void }[]): void {
  for (const client of clients) client.destroy();
}

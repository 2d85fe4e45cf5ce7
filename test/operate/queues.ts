/** A deployment of queues only: the real queue model behind SQS's protocol, used through the SDK's client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../functions/aws/clock.ts';
import { createProtocol, type SqsRequest } from '../../local/gateway/sqs/protocol.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Queue } from '../../model/queue/types.ts';
import { connectLocal } from '../../operate/connect.ts';
import type { Deployment } from '../../operate/deployment.ts';
import type { LocalRun } from '../../operate/find-local.ts';
import { serveSqs } from '../contract/sqs-server.ts';

export interface QueuesOnly {
  readonly deployment: Deployment;
  /** As a local run would announce itself. */
  readonly announcement: LocalRun;
  readonly requests: Queue;
  readonly readings: Queue;
  readonly deadRequests: Queue;
  readonly deadReadings: Queue;
  /** Of `withLane` alone. */
  readonly backfill: Queue;
  /** The same deployment with a backfill lane. */
  readonly withLane: Deployment;
  /** Ends the server, and every call that it has not answered. */
  close(): Promise<void>;
}

export async function startQueues(
  before: (request: SqsRequest) => Promise<void> = async () => {},
): Promise<QueuesOnly> {
  const world = { clock: systemClock, random: Math.random };
  const make = (name: string, fifo = false) =>
    createQueue({ name, fifo, ...(fifo ? { deduplicationScope: 'messageGroup' as const } : {}) }, world);
  const queues = {
    requests: make('requests'),
    readings: make('readings.fifo', true),
    deadRequests: make('dead-requests'),
    deadReadings: make('dead-readings.fifo', true),
    backfill: make('backfill'),
  };
  const protocol = createProtocol(
    new Map(Object.values(queues).map((queue) => [queue.settings.name, queue])),
    world,
  );
  const server = await serveSqs(async (request) => {
    await before(request);
    return protocol(request);
  });
  onTestFinished(() => server.close());
  const url = (queue: Queue) => `${server.endpoint}/000000000000/${queue.settings.name}`;
  const addresses = {
    name: 'ledger-test',
    requestsQueue: url(queues.requests),
    readingsQueue: url(queues.readings),
    requestsDeadLetterQueue: url(queues.deadRequests),
    readingsDeadLetterQueue: url(queues.deadReadings),
    table: 'StateTable',
    functions: { writer: 'Writer' },
    mappings: {},
  };
  const access = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    accessKeyId: 'LOCAL-operator',
    failedOutputsFolder: temporaryFolder(),
    startedAt: new Date().toISOString(),
  };
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  return {
    ...queues,
    deployment,
    withLane: { ...deployment, backfillQueue: url(queues.backfill), backfillMapping: 'm-lane' },
    announcement: { process: process.pid, addresses, access },
    close: server.close,
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-operate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  return folder;
}

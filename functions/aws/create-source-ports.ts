/**
 * Makes the ports that a reader needs for the limits of sources. Only a pipeline with `source` loads this file.
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { ENV, requireEnv } from '../env.ts';
import type { Limits } from '../limits.ts';
import type { Clock, Observe, Random } from '../ports.ts';
import { createGate } from '../reader/gate/gate.ts';
import { createHedges } from '../reader/gate/hedges.ts';
import type { SourcePorts } from '../reader/source-ports.ts';
import type { SourceLimits } from '../source.ts';
import { createAttemptStore, createSourceStore } from './dynamo-sources.ts';
import { createDynamoClient } from './dynamo-state-store.ts';
import { createOutbox } from './sqs.ts';

interface Base {
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
}

export function createSourcePorts(
  client: SQSClient,
  source: SourceLimits,
  limits: Limits,
  base: Base,
): SourcePorts {
  const dynamo = createDynamoClient();
  const tableName = requireEnv(ENV.tableName);
  const name = base.random().toString(36).slice(2, 8);
  return {
    gate: createGate({ ...base, name, source, limits, store: createSourceStore(dynamo, tableName) }),
    ...(source.hedge === true ? { hedges: createHedges() } : {}),
    attempts: createAttemptStore(dynamo, tableName),
    anew: createOutbox(client, requireEnv(ENV.requestsQueueUrl)),
  };
}

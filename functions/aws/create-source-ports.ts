/**
 * Makes the ports that a reader needs for the limits of sources. Only a pipeline with `source` loads this file.
 */
import type { Lane } from '../backfill.ts';
import { ENV, requireEnv } from '../env.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Observe, Outbox, Random } from '../ports.ts';
import { createGate } from '../reader/gate/gate.ts';
import { createHedges } from '../reader/gate/hedges.ts';
import { laneLimits } from '../reader/gate/share.ts';
import type { SourcePorts } from '../reader/source-ports.ts';
import type { SourceLimits } from '../source.ts';
import { createAttemptStore, createSourceStore } from './dynamo-sources.ts';
import { createDynamoClient } from './dynamo-state-store.ts';
import { withReadersMaxOfStack } from './readers-max.ts';

interface Base {
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
}

/** `anew` sends to the requests queue of the lane. */
type SourcePortsOf = (lane: Lane, anew: Outbox) => SourcePorts;

export function createSourcePorts(
  source: SourceLimits,
  pipeline: Pick<Pipeline, 'limits' | 'backfill'>,
  base: Base,
): SourcePortsOf {
  const { limits, backfill } = withReadersMaxOfStack(pipeline, process.env);
  const dynamo = createDynamoClient();
  const tableName = requireEnv(ENV.tableName);
  const environment = base.random().toString(36).slice(2, 8);
  const common = { ...base, name: environment, source, store: createSourceStore(dynamo, tableName) };
  const attempts = createAttemptStore(dynamo, tableName);
  return (name, anew) => ({
    gate: createGate({ ...common, ...laneLimits(name, limits, backfill) }),
    ...(source.hedge === true ? { hedges: createHedges() } : {}),
    attempts,
    anew,
  });
}

/** The environments of a world's functions: the services that each can reach, and its pipeline. */

import type { VirtualClock } from '../../model/virtual-clock.ts';
import { createPool, type Pool, type Rollout } from '../campaign/pool.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { Workload } from '../subject/sample-requests.ts';
import type { ShadowMode } from '../subject/shadow.ts';
import type { Subject } from '../subject/subject.ts';
import { type Chance, createChance } from './chance.ts';
import type { Faults } from './faults.ts';
import { startFeed } from './feed-function.ts';
import { type FunctionName, startFunction } from './functions.ts';
import type { Network } from './network.ts';
import { simulatedReading } from './reading-process.ts';
import { createSchedules } from './scheduler.ts';
import type { SecondBuild } from './second-build.ts';
import { simulatedShadow } from './shadow.ts';
import type { Computer, Environment } from './simulated-environment.ts';
import type { Table } from './table.ts';
import { simulatedThreads } from './threads.ts';
import { byUrl, type Queues, urlsOf } from './world-queues.ts';

interface Reached {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly oracle: Oracle;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly rollout: Rollout;
  readonly network: Network;
  readonly table: Table;
  readonly queues: Queues;
  readonly secondBuild: SecondBuild;
}

export function environmentsOf(
  seed: number,
  subject: Subject,
  { mode, initials, migrations, readMsMax, feed }: Workload,
  reached: Reached,
): (name: FunctionName | 'feed') => Pool {
  const { chance, faults, oracle, queues, secondBuild } = reached;
  const schedules = createSchedules({
    ...reached,
    chance: createChance(seed, 16),
    readings: queues.readings,
  });
  const services = { ...reached, schedules, random: chance.random, queues: byUrl(queues) };
  const functionsChance = createChance(seed, 6);
  const sampleWorld = {
    chance: functionsChance,
    faults,
    oracle,
    mode,
    requests: oracle.plans,
    initials,
    migrations,
    readMsMax,
    deathsLeft: new Map<string, number>(),
    secondBuild,
  };
  const shadowMode = subject.shadow?.(seed) ?? 'off';
  const shadowChance = createChance(seed, 18);
  const quiet = { ...oracle, count: () => {} };
  const shadowOn = (own: Environment, ofShadow: Exclude<ShadowMode, 'off'>) =>
    simulatedShadow(own, {
      mode: ofShadow,
      chance: shadowChance,
      oracle,
      services,
      pipelineOn: (computer) =>
        subject.pipelineOn(own, computer, { ...sampleWorld, chance: shadowChance, oracle: quiet }),
    });
  const deployment = { services, random: functionsChance.random, urls: urlsOf(queues) };
  return (name) =>
    createPool(name, {
      ...reached,
      start: (environment) => {
        if (name === 'feed') return startFeed(environment, feed?.kind ?? 'queue', deployment);
        const pipelineOn = (computer: Computer) => subject.pipelineOn(environment, computer, sampleWorld);
        const pipeline = pipelineOn(environment);
        const apart = {
          foldApart: simulatedThreads(environment, pipeline.limits, sampleWorld, pipelineOn),
          startReading: simulatedReading(environment, oracle, pipelineOn),
          shadow: name === 'compute' && shadowMode !== 'off' ? shadowOn(environment, shadowMode) : undefined,
        };
        return startFunction(name, environment, pipeline, apart, deployment);
      },
    });
}

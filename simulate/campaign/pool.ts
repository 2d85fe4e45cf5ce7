/**
 * The environments of one function. An invocation gets an idle environment or a cold one. Chance picks among
 * the idle ones, so warm caches become stale. During a rollout, environments of both builds exist at the same
 * time.
 */
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { Chance } from '../world/chance.ts';
import type { Handler } from '../world/functions.ts';
import { createEnvironment, type Environment } from '../world/simulated-environment.ts';

export interface Warm {
  readonly environment: Environment;
  readonly handler: Handler;
}

export interface Pool {
  take(): Warm;
  /** Makes the environment idle again, unless it died. */
  give(warm: Warm): void;
  /** Removes all idle environments except the one with that name. */
  replace(but: string | undefined): void;
}

/** The builds that new environments run. */
export interface Rollout {
  /** Builds that a new environment may run. */
  builds: readonly number[];
  /** The newest build so far: a rollback is temporary. */
  newest?: number;
}

interface PoolWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly oracle: Oracle;
  readonly trace: Trace;
  readonly rollout: Rollout;
  readonly start: (environment: Environment) => Handler;
}

const COLD_RATE = 0.05;

export function createPool(name: string, world: PoolWorld): Pool {
  const { clock, chance, oracle, trace, rollout, start } = world;
  let idle: Warm[] = [];
  const busy = new Set<Environment>();
  let started = 0;

  function startCold(): Warm {
    started += 1;
    oracle.count('coldStart');
    const own = `${name}~${started}`;
    const environment = createEnvironment(own, chance.pick(rollout.builds), clock, (reason) => {
      trace.add(`${own}/${environment.invocation} died: ${reason}`);
      oracle.trials.died(`${own}/${environment.invocation}`);
      if (reason === 'timeout') oracle.count('functionTimeout');
    });
    return { environment, handler: start(environment) };
  }

  return {
    take() {
      idle = idle.filter(({ environment }) => rollout.builds.includes(environment.build));
      const cold = idle.length === 0 || chance.happens(COLD_RATE);
      const warm = cold ? startCold() : chance.pick(idle);
      idle = idle.filter((other) => other !== warm);
      busy.add(warm.environment);
      return warm;
    },
    replace(but) {
      for (const { environment } of idle) if (environment.name !== but) environment.kill('replaced');
      idle = idle.filter(({ environment }) => environment.alive);
      for (const environment of busy) if (environment.name !== but) environment.kill('replaced');
    },
    give(warm) {
      busy.delete(warm.environment);
      if (warm.environment.alive) idle.push(warm);
    },
  };
}

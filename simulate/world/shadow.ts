/** The shadow of an environment: the product's code, with a process on the virtual clock. */
import { createShadowStore } from '../../functions/aws/dynamo-shadows.ts';
import { createShadow, type RunShadow, type Shadow } from '../../functions/compute/shadow/shadow.ts';
import { answersBy } from '../../functions/compute/shadow/shadow-child.ts';
import type { Answer, ShadowItem, ShadowStore } from '../../functions/compute/shadow/shadow-item.ts';
import { SHADOW_MS_MAX } from '../../functions/limits.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { Clock } from '../../functions/ports.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { type ShadowMode, shadowOfSample } from '../subject/shadow.ts';
import type { Chance } from './chance.ts';
import { dynamoClient } from './dynamo-client.ts';
import type { Services } from './services.ts';
import type { Computer, Environment } from './simulated-environment.ts';

const START_MS = 80;

export interface ShadowWorld {
  readonly mode: Exclude<ShadowMode, 'off'>;
  /** A separate stream: the shadow must not change the pipeline's faults. */
  readonly chance: Chance;
  readonly oracle: Oracle;
  readonly services: Services;
  readonly pipelineOn: (computer: Computer) => Pipeline;
}

export function simulatedShadow(own: Environment, world: ShadowWorld): Shadow {
  const weightless = world.mode === 'weightless';
  return createShadow({
    percent: 100,
    code: `build ${own.build}`,
    msMax: SHADOW_MS_MAX,
    run: runOn(own, world),
    store: weightless ? memoryStore() : createShadowStore(dynamoClient(own, world.services), 'table'),
    clock: weightless ? { now: own.clock.now, sleep: () => new Promise(() => {}) } : own.clock,
    observe: () => {},
  });
}

function runOn(own: Environment, { mode, chance, oracle, pipelineOn }: ShadowWorld): RunShadow {
  return async (jobs, timeoutMs) => {
    const sleep = (ms: number) => (mode === 'weightless' ? Promise.resolve() : own.clock.sleep(ms));
    await sleep(START_MS);
    let spentMs = chance.happens(0.02) ? timeoutMs + 1 : 0;
    let died: string | undefined;
    const computer: Computer = {
      build: own.build,
      spend(ms) {
        spentMs += ms;
      },
      kill(reason) {
        died ??= reason;
      },
      hoard() {
        died ??= 'no memory left';
      },
    };
    const started = own.clock.now();
    const clock: Clock = { now: () => started + spentMs, sleep: async () => {} };
    const pipeline = pipelineOn(computer);
    const answers: Answer[] = [];
    for (const answer of answersBy(
      shadowOfSample(pipeline, computer),
      structuredClone(jobs),
      pipeline,
      clock,
    )) {
      if (died !== undefined || spentMs > timeoutMs) break;
      answers.push(answer);
    }
    await sleep(Math.min(spentMs, timeoutMs));
    if (answers.length === jobs.length) return { answers };
    oracle.count('shadowEnded');
    return { answers, ended: died ?? 'did not come back' };
  };
}

function memoryStore(): ShadowStore {
  const items = new Map<string, ShadowItem>();
  return {
    load: async (key) => items.get(key),
    async put(item) {
      items.set(item.key, item);
    },
  };
}

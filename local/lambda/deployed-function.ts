/**
 * A deployed function: one environment for each concurrent invocation. AWS does not say which idle environment it takes. Here
 * it is the most recently used one, so that idle ones stay idle, as when Lambda removes them after some time.
 */
import { randomUUID } from 'node:crypto';
import type { FunctionPlan } from '../template/stack-spec.ts';
import { type Environment, type EnvironmentWatch, startEnvironment } from './environment.ts';
import type { InvocationResult, ThreadGateway } from './function-thread.ts';

export interface FunctionWatch extends EnvironmentWatch {
  onInvoke?(): void;
}

export interface LocalFunction {
  readonly plan: FunctionPlan;
  /** Never rejects: an error in the function is a result. */
  invoke(event: unknown, requestId?: string): Promise<InvocationResult>;
  /** Starts environments until there are this many, and waits for them. */
  prewarm(environments: number): Promise<void>;
  close(): Promise<void>;
}

/** `gateway`: for Weir's clients in the function. Without it they use HTTP, to the endpoints in `env`. */
export function createFunction(
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: FunctionWatch = {},
  gateway?: ThreadGateway,
): LocalFunction {
  const all = new Set<Environment>();
  const idle: Environment[] = [];
  let started = 0;

  const start = (): Environment => {
    started += 1;
    const environment = startEnvironment(started, plan, env, watch, gateway);
    all.add(environment);
    return environment;
  };
  const takeIdle = (): Environment | undefined => {
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.alive) return environment;
      all.delete(environment);
    }
    return undefined;
  };
  return {
    plan,
    async invoke(event, requestId = randomUUID()) {
      watch.onInvoke?.();
      const environment = takeIdle() ?? start();
      const result = await environment.invoke(requestId, event);
      if (environment.alive) idle.push(environment);
      else all.delete(environment);
      return result;
    },
    async prewarm(environments) {
      while (all.size < environments) idle.push(start());
      await Promise.all([...all].map(({ initialised }) => initialised));
    },
    async close() {
      await Promise.all([...all].map((environment) => environment.close()));
      all.clear();
    },
  };
}

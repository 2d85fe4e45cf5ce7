/** The functions of a stack, each watched, with the variables and the zone that the template gives them. */
import type { Chaos } from './chaos.ts';
import type { Cleanup } from './cleanup.ts';
import type { Calls } from './gateway/call-counts.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { OperatorCalls } from './gateway/operator-calls.ts';
import { createFunction, type FunctionWatch, type LocalFunction } from './lambda/deployed-function.ts';
import { functionEnv } from './lambda/function-env.ts';
import { keepHeapsSmall } from './lambda/small-heaps.ts';
import { watchFunction } from './lambda/watch-function.ts';
import { enterZoneOf } from './lambda/zone-of-functions.ts';
import type { StackOptions } from './stack-options.ts';
import type { StandstillWatch } from './standstill.ts';
import { type FunctionPlan, findPlan, type StackPlan } from './template/stack-spec.ts';

export interface FunctionParts {
  readonly gateway: Gateway;
  readonly calls: Calls;
  readonly operated: OperatorCalls;
  readonly standstill: StandstillWatch;
  readonly chaos: Chaos | undefined;
  readonly onInvoke: () => void;
  readonly cleanup: Cleanup;
}

/** Puts the functions into `functions`, by name, and starts the requested environments. */
export async function startFunctions(
  plan: StackPlan,
  functions: Map<string, LocalFunction>,
  options: StackOptions,
  parts: FunctionParts,
): Promise<void> {
  const { env = {}, prewarm = {}, ahead = {} } = options;
  parts.cleanup.defer(keepHeapsSmall());
  for (const nameOrId of Object.keys(prewarm)) findPlan(plan.functions, nameOrId, 'function');
  const seen = plan.functions.map((each) => ({
    functionPlan: each,
    variables: functionEnv(each, parts.gateway.url, env),
  }));
  parts.cleanup.defer(enterZoneOf(seen.map(({ variables }) => variables)));
  for (const { functionPlan, variables } of seen) {
    const created = watched(functionPlan, variables, options, parts);
    parts.cleanup.defer(() => created.close());
    functions.set(functionPlan.name, created);
  }
  // Provisioned environments are ready before their mapping takes messages.
  await Promise.all(
    plan.functions.map(({ id, name, provisioned }) => {
      const asked = prewarm[id] ?? prewarm[name] ?? 0;
      return functions.get(name)?.prewarm(Math.max(provisioned, asked));
    }),
  );
  for (const [nameOrId, count] of Object.entries(ahead)) {
    void functions.get(findPlan(plan.functions, nameOrId, 'function').name)?.prewarm(count);
  }
}

function watched(
  plan: FunctionPlan,
  variables: ReturnType<typeof functionEnv>,
  options: StackOptions,
  { gateway, calls, standstill, operated, chaos, onInvoke }: FunctionParts,
): LocalFunction {
  const watch = watchFunction(plan, options, calls, standstill.observed);
  const noted: FunctionWatch = {
    ...watch,
    ...(chaos === undefined ? {} : { killAfterMs: chaos.killAfterMs }),
    onInvoke: () => {
      options.onWork?.(plan.name, 1);
      onInvoke();
      standstill.began();
      operated.began(plan.name);
    },
    onReport: (report) => {
      options.onWork?.(plan.name, -1);
      standstill.ended(report);
      operated.ended(plan.name, report.error !== undefined);
      watch.onReport?.(report);
    },
  };
  return createFunction(plan, variables, noted, gateway);
}

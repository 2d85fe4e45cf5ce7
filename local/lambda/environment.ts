/**
 * An execution environment: one worker thread that has imported a function's bundle and answers one
 * invocation at a time. A timeout, process.exit, an uncaught error or a lack of memory breaks only this
 * environment. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import assert from 'node:assert';
import type { FunctionPlan } from '../template/stack-spec.ts';
import type { FunctionError } from './function-error.ts';
import {
  type Answer,
  type InvocationResult,
  type Outcome,
  startThread,
  type ThreadGateway,
  type ThreadWatch,
} from './function-thread.ts';

/** The values of the REPORT line that Lambda logs. */
export interface InvocationReport {
  readonly functionName: string;
  readonly environment: number;
  readonly requestId: string;
  /** Undefined after an environment's first invocation. */
  readonly initMs: number | undefined;
  readonly durationMs: number;
  /** Whole milliseconds that AWS would bill, including the start of the environment. */
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly error: FunctionError | undefined;
  readonly outcome: Outcome;
  readonly event: unknown;
}

export interface EnvironmentWatch extends ThreadWatch {
  /** Chaos: milliseconds after which to kill the invocation that begins now. */
  killAfterMs?(): number | undefined;
  onReport?(report: InvocationReport): void;
}

export interface Environment {
  readonly number: number;
  /** False after it broke: it takes no more invocations. */
  readonly alive: boolean;
  /** Resolves when the import of the bundle has succeeded or failed; the first invocation reports which. */
  readonly initialised: Promise<void>;
  invoke(requestId: string, event: unknown): Promise<InvocationResult>;
  close(): Promise<void>;
}

/** Time for the import, in addition to the function's timeout, as on Lambda. */
const INIT_TIMEOUT_MS = 10_000;

export function startEnvironment(
  number: number,
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: EnvironmentWatch,
  gateway?: ThreadGateway,
): Environment {
  const thread = startThread(number, plan, env, watch, gateway);
  const timeoutMs = plan.timeoutSeconds * 1000;
  let busy = false;

  const run = async (requestId: string, event: unknown): Promise<Answer> => {
    const initTimer = setTimeout(() => thread.breakDown(timedOut(plan)), timeoutMs + INIT_TIMEOUT_MS);
    await thread.initialised;
    clearTimeout(initTimer);
    const answered = thread.ask({ requestId, event, deadline: Date.now() + timeoutMs });
    if (!thread.alive) return answered;
    const timer = setTimeout(() => thread.breakDown(timedOut(plan)), timeoutMs);
    const killAfterMs = watch.killAfterMs?.();
    const killer = setTimeout(() => thread.breakDown(KILLED), killAfterMs ?? 0);
    if (killAfterMs === undefined) clearTimeout(killer);
    return answered.finally(() => {
      clearTimeout(timer);
      clearTimeout(killer);
    });
  };
  return {
    number,
    initialised: thread.initialised,
    get alive() {
      return thread.alive;
    },
    async invoke(requestId, event) {
      assert(!busy, `environment ${number} of ${plan.name} was given two invocations at once`);
      busy = true;
      const { durationMs, outcome, result } = await run(requestId, event);
      busy = false;
      const initMs = thread.takeInitMs();
      watch.onReport?.({
        functionName: plan.name,
        environment: number,
        requestId,
        initMs,
        durationMs,
        billedMs: Math.ceil(durationMs + (initMs ?? 0)),
        memoryMb: plan.memoryMb,
        error: result.kind === 'error' ? result.error : undefined,
        outcome,
        event,
      });
      return result;
    },
    close: thread.end,
  };
}

const KILLED: FunctionError = { type: 'Runtime.ExitError', message: 'signal: killed' };

function timedOut({ timeoutSeconds }: FunctionPlan): FunctionError {
  return { type: 'Sandbox.Timedout', message: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` };
}

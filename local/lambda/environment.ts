/**
 * An execution environment: one worker thread that has imported a function's bundle and answers one invocation at a
 * time. What breaks it (time is up, process.exit, an uncaught error, no memory left) breaks this one only.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import assert from 'node:assert';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Observation } from '../../functions/ports.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import { endThread } from './end-thread.ts';
import type { Said } from './environment-worker.ts';
import { describeError, type FunctionError } from './function-error.ts';
import { residentBytes } from './resident-memory.ts';

export type InvocationResult =
  | { readonly kind: 'response'; readonly response: unknown }
  | { readonly kind: 'error'; readonly error: FunctionError };

/** What Lambda writes into the REPORT line of the log. */
export interface InvocationReport {
  readonly functionName: string;
  readonly environment: number;
  readonly requestId: string;
  /** Undefined after an environment's first invocation. */
  readonly initMs: number | undefined;
  readonly durationMs: number;
  /** Whole milliseconds, the start of the environment included: what AWS would bill. */
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly error: FunctionError | undefined;
  readonly outcome: Outcome;
  readonly event: unknown;
}

/**
 * `answered` with a response or `threw`; `lost`: the environment broke before it answered (memory, time,
 * process.exit); `not started`: its bundle could not be imported.
 */
export type Outcome = 'answered' | 'threw' | 'lost' | 'not started';

export interface EnvironmentWatch {
  /** Chaos: when to kill the invocation that begins now. */
  killAfterMs?(): number | undefined;
  onReport?(report: InvocationReport): void;
  onObservations?(environment: number, observations: readonly Observation[]): void;
  onLog?(environment: number, stream: 'stdout' | 'stderr', line: string): void;
}

export interface Environment {
  readonly number: number;
  /** False once it has broken: it takes no more invocations. */
  readonly alive: boolean;
  /** Resolves when the bundle is imported, or failed to be; the first invocation then tells how. */
  readonly initialised: Promise<void>;
  invoke(requestId: string, event: unknown): Promise<InvocationResult>;
  close(): Promise<void>;
}

/** Beside its own timeout, a first invocation may take this long for the import, as on Lambda. */
const INIT_TIMEOUT_MS = 10_000;

/**
 * A thread that runs into V8's own limit takes the whole process along. So the limit is set far off, and invocations
 * that last are looked at now and then: one that holds more than twice its function's memory, garbage not yet
 * collected included, is stopped, as Lambda would stop it.
 */
const HEAP_PER_MEMORY = 2;
const HEAP_LEEWAY_MB = 1024;
const HEAP_CHECK_EVERY_MS = 50;
const HEAP_CHECK_STEP_BYTES = 16 * 2 ** 20;

interface Answer {
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly result: InvocationResult;
}

export function startEnvironment(
  number: number,
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: EnvironmentWatch,
): Environment {
  const worker = startWorker(number, plan, env, watch);
  const timeoutMs = plan.timeoutSeconds * 1000;
  let initMs: number | undefined;
  let broken: FunctionError | undefined;
  let answer: ((answer: Answer) => void) | undefined;
  let startedAt = 0;
  let checkFromBytes = plan.memoryMb * HEAP_PER_MEMORY * 2 ** 20;

  let started = false;

  const settle = (durationMs: number, outcome: Outcome, result: InvocationResult) => {
    answer?.({ durationMs, outcome, result });
    answer = undefined;
  };
  const breakDown = (error: FunctionError) => {
    broken ??= error;
    settle(performance.now() - startedAt, 'lost', { kind: 'error', error: broken });
    void endThread(worker);
  };
  const initialised = new Promise<void>((resolve) => {
    worker.on('message', (said: Said) => {
      if (said.kind === 'ready') {
        started = true;
        initMs = said.initMs;
      } else if (said.kind === 'broken') breakDown(said.error);
      else if (said.kind === 'observed') watch.onObservations?.(number, said.observations);
      else if (said.kind === 'failed') settle(said.durationMs, 'threw', { kind: 'error', error: said.error });
      else settle(said.durationMs, 'answered', { kind: 'response', response: JSON.parse(said.response) });
      if (said.kind === 'ready' || said.kind === 'broken') resolve();
    });
    worker.on('error', (error: unknown) => breakDown(describeError(error)));
    worker.on('exit', (code) => {
      breakDown({ type: 'Runtime.ExitError', message: `the function's process exited with status ${code}` });
      resolve();
    });
  });

  const run = async (requestId: string, event: unknown): Promise<Answer> => {
    startedAt = performance.now();
    const initTimer = setTimeout(() => breakDown(timedOut(plan.timeoutSeconds)), timeoutMs + INIT_TIMEOUT_MS);
    await initialised;
    clearTimeout(initTimer);
    startedAt = performance.now();
    if (broken !== undefined) {
      const outcome = started ? 'lost' : 'not started';
      return { durationMs: 0, outcome, result: { kind: 'error', error: broken } };
    }
    const timer = setTimeout(() => breakDown(timedOut(plan.timeoutSeconds)), timeoutMs);
    const heapTimer = setInterval(() => {
      // One thread's heap is part of the whole: while that has not grown, nothing has become too large.
      const wholeBytes = residentBytes();
      if (wholeBytes < checkFromBytes) return;
      checkFromBytes = wholeBytes + HEAP_CHECK_STEP_BYTES;
      void checkHeap(worker, plan.memoryMb, breakDown);
    }, HEAP_CHECK_EVERY_MS);
    const answered = new Promise<Answer>((resolve) => {
      answer = resolve;
    });
    const killAfterMs = watch.killAfterMs?.();
    const killer = setTimeout(() => breakDown(KILLED), killAfterMs ?? 0);
    if (killAfterMs === undefined) clearTimeout(killer);
    worker.postMessage({ requestId, event, deadline: Date.now() + timeoutMs });
    return answered.finally(() => {
      clearTimeout(timer);
      clearTimeout(killer);
      clearInterval(heapTimer);
    });
  };

  let busy = false;
  return {
    number,
    initialised,
    get alive() {
      return broken === undefined;
    },
    async invoke(requestId, event) {
      assert(!busy, `environment ${number} of ${plan.name} was given two invocations at once`);
      busy = true;
      const { durationMs, outcome, result } = await run(requestId, event);
      busy = false;
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
      initMs = undefined;
      return result;
    },
    async close() {
      await endThread(worker);
    },
  };
}

function startWorker(
  number: number,
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: EnvironmentWatch,
): Worker {
  const { directory, handler, memoryMb } = plan;
  const worker = new Worker(new URL(`./environment-worker${extname(import.meta.url)}`, import.meta.url), {
    name: `${plan.name}/${number}`,
    workerData: { directory, handler, memoryMb, functionName: plan.name, functionArn: plan.arn },
    // Exactly what the deployed function would have: nothing of this machine's environment or Node's options.
    env: { ...env },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb * HEAP_PER_MEMORY + HEAP_LEEWAY_MB },
    stdout: true,
    stderr: true,
  });
  createInterface({ input: worker.stdout }).on('line', (line) => watch.onLog?.(number, 'stdout', line));
  createInterface({ input: worker.stderr }).on('line', (line) => watch.onLog?.(number, 'stderr', line));
  return worker;
}

const KILLED: FunctionError = { type: 'Runtime.ExitError', message: 'signal: killed' };

function timedOut(timeoutSeconds: number): FunctionError {
  return { type: 'Sandbox.Timedout', message: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` };
}

async function checkHeap(
  worker: Worker,
  memoryMb: number,
  breakDown: (error: FunctionError) => void,
): Promise<void> {
  // Rejects when the thread has just ended; then there is nothing to look at.
  const heap = await worker.getHeapStatistics().catch(() => undefined);
  if (heap === undefined) return;
  const usedMb = (heap.used_heap_size + heap.external_memory) / 2 ** 20;
  if (usedMb > memoryMb * HEAP_PER_MEMORY) {
    const message = `signal: killed: ${Math.round(usedMb)} MB in use, the function has ${memoryMb} MB`;
    breakDown({ type: 'Runtime.OutOfMemory', message });
  }
}

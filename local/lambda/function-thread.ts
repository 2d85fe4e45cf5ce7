/** The thread of an environment: it imports the bundle, answers one invocation at a time, and breaks once. */
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { CLIENT_SETTINGS } from '../../functions/aws/client-settings.ts';
import { ADAPT_CLIENT } from '../../functions/aws/lean-client.ts';
import { METRICS_LINE } from '../../functions/log.ts';
import { OBSERVATIONS_CHANNEL } from '../../functions/observe.ts';
import type { Observation } from '../../functions/ports.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import { describeError } from './describe-error.mjs';
import { endThread } from './end-thread.ts';
import type { FunctionError } from './function-error.ts';
import { heapMbMax, watchHeap } from './heap-watch.ts';
import type { GatewayDoor, Invoke, Said, ThreadSettings } from './thread-messages.ts';
import { splitLines } from './written-lines.ts';

export type InvocationResult =
  | { readonly kind: 'response'; readonly response: unknown }
  | { readonly kind: 'error'; readonly error: FunctionError };

/**
 * `answered` with a response or `threw`; `lost`: the environment broke before it answered (memory, timeout,
 * process.exit); `not started`: its bundle could not be imported.
 */
export type Outcome = 'answered' | 'threw' | 'lost' | 'not started';

export interface Answer {
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly result: InvocationResult;
}

/** The gateway in this process, as far as threads need it. */
export type ThreadGateway = Pick<Gateway, 'url' | 'connect'>;

export interface ThreadWatch {
  onObservations?(environment: number, observations: readonly Observation[]): void;
  onLog?(environment: number, stream: 'stdout' | 'stderr', line: string): void;
}

export interface FunctionThread {
  /** False after it broke. */
  readonly alive: boolean;
  /** Resolves when the import of the bundle has succeeded or failed. */
  readonly initialised: Promise<void>;
  /** Milliseconds that the import took; returned once, to the first invocation. */
  takeInitMs(): number | undefined;
  /**
   * Runs one invocation. Call it when the thread is initialised and the previous invocation has been
   * answered.
   */
  ask(invocation: Omit<Invoke, 'event'> & { readonly event: unknown }): Promise<Answer>;
  /** Ends the thread. The first error is kept and answers the pending invocation. */
  breakDown(error: FunctionError): void;
  end(): Promise<void>;
}

export function startThread(
  number: number,
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: ThreadWatch,
  gateway: ThreadGateway | undefined,
): FunctionThread {
  const worker = startWorker(number, plan, env, watch, gateway);
  let initMs: number | undefined;
  let started = false;
  let broken: FunctionError | undefined;
  let answer: ((answer: Answer) => void) | undefined;
  let askedAt = performance.now();

  const lines = splitLines((stream, line) => watch.onLog?.(number, stream, line));
  const settle = (given: Answer) => {
    answer?.(given);
    answer = undefined;
  };
  const breakDown = (error: FunctionError) => {
    broken ??= error;
    const result = { kind: 'error', error: broken } as const;
    settle({ durationMs: performance.now() - askedAt, outcome: 'lost', result });
    void endThread(worker);
  };
  const lookAtHeap = watchHeap(worker, plan.memoryMb, breakDown);
  const initialised = new Promise<void>((resolve) => {
    worker.on('message', (said: Said) => {
      if (said.observations.length > 0) watch.onObservations?.(number, said.observations);
      lines.add(said.written);
      if (said.kind === 'ready') {
        started = true;
        initMs = said.initMs;
      } else if (said.kind === 'broken') breakDown(said.error);
      else if (said.kind === 'failed' || said.kind === 'answered') settle(answerOf(said));
      if (said.kind === 'ready' || said.kind === 'broken') resolve();
    });
    worker.on('error', (error: unknown) => breakDown(describeError(error)));
    worker.on('exit', (code) => {
      lines.end();
      breakDown({ type: 'Runtime.ExitError', message: `the function's process exited with status ${code}` });
      resolve();
    });
  });
  return {
    get alive() {
      return broken === undefined;
    },
    initialised,
    takeInitMs() {
      const taken = initMs;
      initMs = undefined;
      return taken;
    },
    ask(invocation) {
      if (broken !== undefined) return Promise.resolve(brokenBefore(broken, started));
      askedAt = performance.now();
      const answered = new Promise<Answer>((resolve) => {
        answer = resolve;
      });
      worker.postMessage({ ...invocation, event: JSON.stringify(invocation.event) } satisfies Invoke);
      return answered.finally(lookAtHeap());
    },
    breakDown,
    async end() {
      await endThread(worker);
    },
  };
}

function answerOf(said: Extract<Said, { kind: 'answered' | 'failed' }>): Answer {
  const { durationMs } = said;
  if (said.kind === 'failed')
    return { durationMs, outcome: 'threw', result: { kind: 'error', error: said.error } };
  const response: unknown = JSON.parse(said.response);
  return { durationMs, outcome: 'answered', result: { kind: 'response', response } };
}

function brokenBefore(error: FunctionError, started: boolean): Answer {
  return { durationMs: 0, outcome: started ? 'lost' : 'not started', result: { kind: 'error', error } };
}

/** V8's default is 48 MB, which garbage fills in each of the ten or more threads. The smaller limit costs no time (docs/decisions/0047). */
const YOUNG_MB_MAX = 6;

function startWorker(
  number: number,
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  watch: ThreadWatch,
  gateway: ThreadGateway | undefined,
): Worker {
  const { directory, handler, memoryMb } = plan;
  const door = gateway && doorTo(gateway);
  const settings: ThreadSettings = {
    directory,
    handler,
    memoryMb,
    functionName: plan.name,
    functionArn: plan.arn,
    observations: OBSERVATIONS_CHANNEL,
    unhurried: METRICS_LINE,
    ...(door && { gateway: door }),
  };
  const worker = new Worker(new URL('./environment-worker.mjs', import.meta.url), {
    name: `${plan.name}/${number}`,
    workerData: settings,
    transferList: door === undefined ? [] : [door.port],
    // Exactly the variables of the deployed function: none of this machine's environment and none of Node's
    // options.
    env: { ...env },
    execArgv: [],
    resourceLimits: {
      maxOldGenerationSizeMb: heapMbMax(memoryMb),
      maxYoungGenerationSizeMb: YOUNG_MB_MAX,
    },
    stdout: true,
    stderr: true,
  });
  // Only what Node itself writes: environment-worker.mjs posts what the function writes.
  createInterface({ input: worker.stdout }).on('line', (line) => watch.onLog?.(number, 'stdout', line));
  createInterface({ input: worker.stderr }).on('line', (line) => watch.onLog?.(number, 'stderr', line));
  return worker;
}

function doorTo({ url, connect }: ThreadGateway): GatewayDoor {
  const { requestTimeout: requestTimeoutMs } = CLIENT_SETTINGS.requestHandler;
  return { port: connect(), url, adaptClient: ADAPT_CLIENT, requestTimeoutMs };
}

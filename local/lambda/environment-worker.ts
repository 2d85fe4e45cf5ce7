/**
 * The thread's side of an execution environment: imports the bundle once, then answers one invocation after
 * another, as Lambda's runtime does. See environment.ts for the other side.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as v from 'valibot';
import { isRecord } from '../../functions/json.ts';
import { OBSERVATIONS_CHANNEL } from '../../functions/observe.ts';
import type { Observation } from '../../functions/ports.ts';
import { describeError, type FunctionError } from './function-error.ts';
import './machine-of-lambda.ts';

export interface Invoke {
  readonly requestId: string;
  readonly event: unknown;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** Messages from the thread. `response` is JSON text, as on Lambda: values that JSON cannot hold are lost. */
export type Said =
  | { readonly kind: 'ready'; readonly initMs: number }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'answered'; readonly durationMs: number; readonly response: string }
  | { readonly kind: 'failed'; readonly durationMs: number; readonly error: FunctionError }
  | { readonly kind: 'observed'; readonly observations: readonly Observation[] };

const WorkerData = v.object({
  directory: v.string(),
  handler: v.string(),
  functionName: v.string(),
  functionArn: v.string(),
  memoryMb: v.number(),
});

/** Observations are posted in groups, at least this often while an invocation runs. */
const OBSERVATIONS_EVERY_MS = 25;

type Handler = (event: unknown, context: object) => unknown;

const port = parentPort;
if (port === null) throw new Error('environment-worker.ts runs as a worker thread only');
const say = (said: Said) => port.postMessage(said);
const settings = v.parse(WorkerData, workerData);

let observations: Observation[] = [];
let flushing: NodeJS.Timeout | undefined;
subscribe(OBSERVATIONS_CHANNEL, (observation) => {
  if (!isObservation(observation)) return;
  observations.push(observation);
  flushing ??= setTimeout(flushObservations, OBSERVATIONS_EVERY_MS);
});

/** Weir's channel carries only observations (functions/observe.ts), so checking `kind` is enough. */
function isObservation(value: unknown): value is Observation {
  return isRecord(value) && typeof value['kind'] === 'string';
}

function flushObservations(): void {
  clearTimeout(flushing);
  flushing = undefined;
  if (observations.length > 0) say({ kind: 'observed', observations });
  observations = [];
}

try {
  const start = performance.now();
  // Lambda's runtime has loaded this module before the handler. Its first import in a thread loads many others and takes longer
  // than the first call itself. So it happens here, before the first message, and not in the first invocation.
  await import('node:http');
  const handler = await importHandler();
  port.on('message', (invoke: Invoke) => void answer(handler, invoke));
  say({ kind: 'ready', initMs: performance.now() - start });
} catch (error) {
  say({ kind: 'broken', error: describeError(error) });
}

async function importHandler(): Promise<Handler> {
  const [file = '', name = ''] = settings.handler.split('.');
  const path = ['.mjs', '.js', '.cjs']
    .map((ending) => join(settings.directory, `${file}${ending}`))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`no ${file}.mjs, .js or .cjs in ${settings.directory}`);
  const module: unknown = await import(pathToFileURL(path).href);
  const handler = isRecord(module) ? module[name] : undefined;
  if (!isHandler(handler)) throw new Error(`${path} exports no function ${name}`);
  return handler;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

async function answer(handler: Handler, invoke: Invoke): Promise<void> {
  const start = performance.now();
  let said: Said;
  try {
    const response = await handler(invoke.event, contextOf(invoke));
    const durationMs = performance.now() - start;
    said = { kind: 'answered', durationMs, response: JSON.stringify(response) ?? 'null' };
  } catch (error) {
    said = { kind: 'failed', durationMs: performance.now() - start, error: describeError(error) };
  }
  flushObservations();
  say(said);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf({ requestId, deadline }: Invoke): object {
  return {
    awsRequestId: requestId,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

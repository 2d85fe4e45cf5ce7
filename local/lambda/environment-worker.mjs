// @ts-check
/**
 * The thread's side of an execution environment: imports the bundle once, then answers one invocation after
 * another, as Lambda's runtime does. See environment.ts for the other side.
 *
 * It is JavaScript, as everything that it imports: for TypeScript, Node would load a compiler in each thread,
 * which takes 10 MB of memory and 40 ms of processor time.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { callThroughPort } from './client-on-port.mjs';
import { describeError } from './describe-error.mjs';
import './machine-of-lambda.mjs';

/** @import { Observation } from '../../functions/ports.ts' */
/** @import { Invoke, Said, ThreadSettings, Written } from './thread-messages.ts' */
/** @typedef {(event: unknown, context: object) => unknown} Handler */
/** @typedef {Said extends infer Kind ? Kind extends Said ? Omit<Kind, 'observations' | 'written'> : never : never} Told */

/** Observations are posted in groups, at least this often while an invocation runs. */
const SAY_EVERY_MS = 25;

const port = parentPort;
if (port === null) throw new Error('environment-worker.mjs runs as a worker thread only');
/** @type {ThreadSettings} */
const settings = workerData;

/** @type {Observation[]} */
let observations = [];
/** @type {Written[]} */
let written = [];
/** @type {NodeJS.Timeout | undefined} */
let soon;
/**
 * Posts a message, with everything that was to be said before it.
 *
 * @param {Told} told
 */
function say(told) {
  clearTimeout(soon);
  soon = undefined;
  port?.postMessage({ ...told, observations, written });
  observations = [];
  written = [];
}

function saySoon() {
  soon ??= setTimeout(() => say({ kind: 'so far' }), SAY_EVERY_MS);
}

subscribe(settings.observations, (observation) => {
  if (!isObservation(observation)) return;
  observations.push(observation);
  saySoon();
});

// For each write, Node's own stream of a thread waits for an answer of the other thread.
for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
  const decoder = new StringDecoder();
  process[stream]._writev = (chunks, done) => {
    const texts = chunks.map(({ chunk }) => (typeof chunk === 'string' ? chunk : decoder.write(chunk)));
    const text = texts.join('');
    written.push({ stream, text });
    // The thread may end, or compute without an end, before anything else is said.
    if (text.startsWith(settings.unhurried)) saySoon();
    else say({ kind: 'so far' });
    done();
  };
}

/**
 * Weir's channel carries only observations (functions/observe.ts), so checking `kind` is enough.
 *
 * @param {unknown} value
 * @returns {value is Observation}
 */
function isObservation(value) {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}

try {
  const start = performance.now();
  if (settings.gateway !== undefined) callThroughPort(settings.gateway);
  const handler = await importHandler();
  port.on('message', (/** @type {Invoke} */ invoke) => void answer(handler, invoke));
  say({ kind: 'ready', initMs: performance.now() - start });
} catch (error) {
  say({ kind: 'broken', error: describeError(error) });
}

/** @returns {Promise<Handler>} */
async function importHandler() {
  const [file = '', name = ''] = settings.handler.split('.');
  const path = ['.mjs', '.js', '.cjs']
    .map((ending) => join(settings.directory, `${file}${ending}`))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`no ${file}.mjs, .js or .cjs in ${settings.directory}`);
  /** @type {Record<string, unknown>} */
  const module = await import(pathToFileURL(path).href);
  const handler = module[name];
  if (!isHandler(handler)) throw new Error(`${path} exports no function ${name}`);
  return handler;
}

/**
 * @param {unknown} value
 * @returns {value is Handler}
 */
function isHandler(value) {
  return typeof value === 'function';
}

/**
 * @param {Handler} handler
 * @param {Invoke} invoke
 */
async function answer(handler, invoke) {
  /** @type {unknown} */
  const event = JSON.parse(invoke.event);
  const start = performance.now();
  /** @type {Told} */
  let told;
  try {
    const response = await handler(event, contextOf(invoke));
    const durationMs = performance.now() - start;
    told = { kind: 'answered', durationMs, response: JSON.stringify(response) ?? 'null' };
  } catch (error) {
    told = { kind: 'failed', durationMs: performance.now() - start, error: describeError(error) };
  }
  say(told);
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 *
 * @param {Invoke} invoke
 */
function contextOf({ requestId, deadline }) {
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

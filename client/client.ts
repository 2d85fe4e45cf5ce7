/**
 * A client for other applications: they submit requests to a pipeline and read the states of its keys.
 *
 *   import type pipeline from './pipelines/energy.ts';
 *   const energy = createClient<typeof pipeline>({ requestsQueueUrl, tableName });
 *   const { refused, unknown } = await energy.submit([{ id: 'bill-17', body: { url } }]);
 *   await energy.waitFor('bill-17', { keys: ['meter-4'] });
 *   const found = await energy.getState('meter-4');
 *
 * Of the pipeline it needs the type alone, so nothing of it is loaded. What it may do: grantSubmit (sqs:SendMessage) for
 * submit, grantReadState (dynamodb:GetItem, dynamodb:Query) for the rest.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { systemClock } from '../functions/aws/clock.ts';
import { createStateStore } from '../functions/aws/dynamo-state-store.ts';
import { createOutbox } from '../functions/aws/sqs.ts';
import type { Pipeline, PipelineDefinition } from '../functions/pipeline.ts';
import type { Clock, Random } from '../functions/ports.ts';
import { FIRST_STATE_VERSION } from '../functions/state-versions.ts';
import { type ForgetOptions, sayForget } from './forget.ts';
import { type KeyState, loadState, loadStates } from './states.ts';
import { type NewRequest, type Submitted, submitAll } from './submit.ts';
import { type Waited, type WaitOptions, waitForRequest } from './wait-for.ts';

export { NewerFormatError, PermanentError } from '../functions/errors.ts';
export type { ForgetOptions } from './forget.ts';
export type { Outcome, SetAside } from './outcome.ts';
export type { KeyState } from './states.ts';
export type { NewRequest, NotAccepted, Submitted } from './submit.ts';
export type { KeyOutcome, Waited, WaitOptions } from './wait-for.ts';

export type StateOf<P> = P extends { readonly initial: (key: string) => infer State } ? State : unknown;

/** What the pipeline's schema gives. Where that differs from what it takes, say so: createClient<typeof pipeline, Body>. */
export type RequestOf<P> = P extends { readonly request: StandardSchemaV1<unknown, infer Request> }
  ? Request
  : unknown;

export interface Client<State, Body> {
  /** Ids chosen or given, in as few calls as SQS allows, each request accounted for. Throws over none of them. */
  submit(requests: readonly NewRequest<Body>[]): Promise<Submitted>;
  /** Strongly consistent. Undefined where the key has no state. */
  getState(key: string): Promise<KeyState<State> | undefined>;
  /**
   * Lets go of the state of a key and of what waits for it, in order with its readings (docs/forgetting.md). Resolves when
   * the word is in the queue, with its id: said again under that id it is one word. Needs `readingsQueueUrl`.
   */
  forget(key: string, options?: ForgetOptions): Promise<{ readonly id: string }>;
  /** By key; keys without a state are not in it. */
  getStates(keys: readonly string[]): Promise<ReadonlyMap<string, KeyState<State>>>;
  /** What became of a request at some keys: when the table proves it, or when the time is up. */
  waitFor(requestId: string, options: WaitOptions): Promise<Waited>;
  /** Ends the connections of the clients that were made here; those that were handed in stay open. */
  close(): void;
}

export interface ClientOptions {
  readonly requestsQueueUrl: string;
  /** For `forget` alone. */
  readonly readingsQueueUrl?: string;
  readonly tableName: string;
  /**
   * The pipeline's own `state`, where it has one: states of older versions are then migrated as they are read, and a newer
   * one is a NewerFormatError. Without it each state has the shape of its `stateVersion`.
   */
  readonly state?: PipelineDefinition<unknown, unknown, unknown, unknown>['state'];
  /** By default clients with the region and the credentials of the environment. */
  readonly sqs?: SQSClient;
  readonly dynamo?: DynamoDBClient;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Patience for any network, but not without end: the SDK has no request timeout by default. */
const CLIENT_SETTINGS = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};

export function createClient<P extends Pipeline, Body = RequestOf<P>>(
  options: ClientOptions,
): Client<StateOf<P>, Body> {
  const { requestsQueueUrl, tableName, clock = systemClock, random = Math.random } = options;
  assertGiven({ requestsQueueUrl, tableName });
  const sqs = options.sqs ?? new SQSClient(CLIENT_SETTINGS);
  const dynamo = options.dynamo ?? new DynamoDBClient(CLIENT_SETTINGS);
  const store = createStateStore(dynamo, tableName);
  const versions = options.state && { ...FIRST_STATE_VERSION, ...options.state };
  const outbox = createOutbox(sqs, requestsQueueUrl);
  return {
    submit: (requests) => submitAll(requests, { outbox, clock, random }),
    getState: (key) => loadState(key, store, versions),
    getStates: (keys) => loadStates(keys, store, versions),
    forget: (key, words) => sayForget(key, words, sqs, options.readingsQueueUrl),
    waitFor: (requestId, wait) => waitForRequest(requestId, wait, { dynamo, tableName, store, clock }),
    close() {
      if (options.sqs === undefined) sqs.destroy();
      if (options.dynamo === undefined) dynamo.destroy();
    },
  };
}

/** A variable of the environment that is not set may come as ''. */
function assertGiven(options: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value) continue;
    throw new TypeError(
      `createClient: ${name} is empty; the pipeline's stack tells it as an output, and the construct as a property`,
    );
  }
}

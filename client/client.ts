/**
 * A client with which other applications submit requests to a pipeline and read the states of its keys.
 *
 *   import type pipeline from './pipelines/energy.ts';
 *   const energy = createClient<typeof pipeline>({ requestsQueueUrl, tableName });
 *   const { refused, unknown } = await energy.submit([{ id: 'bill-17', body: { url } }]);
 *   await energy.waitFor('bill-17', { keys: ['meter-4'] });
 *   const found = await energy.getState('meter-4');
 *
 * The client needs only the type of the pipeline, so the pipeline itself is not loaded. Permissions: grantSubmit
 * (sqs:SendMessage) for submit, grantForget for forget, grantReadState (dynamodb:GetItem, dynamodb:Query) for the rest.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { systemClock } from '../functions/aws/clock.ts';
import { createStateStore } from '../functions/aws/dynamo-state-store.ts';
import { createOutbox } from '../functions/aws/sqs.ts';
import type { Lane } from '../functions/backfill.ts';
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

/** The output of the pipeline's schema. If its input differs, give the type: createClient<typeof pipeline, Body>. */
export type RequestOf<P> = P extends { readonly request: StandardSchemaV1<unknown, infer Request> }
  ? Request
  : unknown;

export interface SubmitTo {
  /** `backfill` is the lane that uses only a share of each source, and needs `backfillQueueUrl`. Default: `live`. */
  readonly lane?: Lane;
}

export interface Client<State, Body> {
  /** Submits in as few calls as SQS allows, and reports the outcome of each request. Does not throw if a request fails. */
  submit(requests: readonly NewRequest<Body>[], options?: SubmitTo): Promise<Submitted>;
  /** Strongly consistent. Undefined if the key has no state. */
  getState(key: string): Promise<KeyState<State> | undefined>;
  /**
   * Deletes the state of a key and its parked messages, in order with its readings (docs/forgetting.md). Resolves when the
   * command is in the queue, with its id. Repeated with the same id, it is one command. Needs `readingsQueueUrl`.
   */
  forget(key: string, options?: ForgetOptions): Promise<{ readonly id: string }>;
  /** The states by key, without keys that have none. */
  getStates(keys: readonly string[]): Promise<ReadonlyMap<string, KeyState<State>>>;
  /** Waits until the table proves the outcome of a request for some keys, or until the time is up. */
  waitFor(requestId: string, options: WaitOptions): Promise<Waited>;
  /** Closes the connections of the AWS clients that were made here. Clients from the options stay open. */
  close(): void;
}

export interface ClientOptions {
  readonly requestsQueueUrl: string;
  /** Needed only for `submit` with `lane: 'backfill'`. */
  readonly backfillQueueUrl?: string;
  /** Needed only for `forget`. */
  readonly readingsQueueUrl?: string;
  readonly tableName: string;
  /**
   * The pipeline's own `state` option. States of older versions are then migrated when they are read, and a newer one throws a
   * NewerFormatError. Without this option, each state has the shape of its `stateVersion`.
   */
  readonly state?: PipelineDefinition<unknown, unknown, unknown, unknown>['state'];
  /** Default: clients with the region and credentials of the environment. */
  readonly sqs?: SQSClient;
  readonly dynamo?: DynamoDBClient;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Timeouts that suit slow networks. The SDK has no request timeout by default. */
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
  const outboxOf = ({ lane = 'live' }: SubmitTo = {}) =>
    createOutbox(sqs, lane === 'live' ? requestsQueueUrl : backfillOf(options));
  return {
    submit: async (requests, to) => submitAll(requests, { outbox: outboxOf(to), clock, random }),
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

function backfillOf({ backfillQueueUrl }: ClientOptions): string {
  if (backfillQueueUrl) return backfillQueueUrl;
  throw new TypeError(
    "submit with lane: 'backfill': give createClient backfillQueueUrl, an output of a pipeline with `backfill`",
  );
}

/** Refuses '', which an environment variable without a value may give. */
function assertGiven(options: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value) continue;
    throw new TypeError(
      `createClient: ${name} is empty; the pipeline's stack tells it as an output, and the construct as a property`,
    );
  }
}

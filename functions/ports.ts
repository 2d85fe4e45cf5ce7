/**
 * The ports of the stages to the outside. functions/aws/ implements them on the AWS SDK, the simulation on a virtual clock.
 * A stage does not know which.
 */

import type { IncomingMessage } from './incoming-message.ts';

export interface Clock {
  /** Epoch milliseconds, with fractions where the platform has them. */
  now(): number;
  /** Resolves after this time, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number from 0 up to 1, as Math.random gives. */
export type Random = () => number;

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** FIFO queues need both. */
  readonly group?: string;
  readonly deduplicationId?: string;
  /** Standard queues only: the message is not received before this time; at most 900. */
  readonly delaySeconds?: number;
}

/** Why SQS did not take an entry of a batch. `retriable` is false when the message itself is at fault. */
export interface SendFailure {
  readonly reason: string;
  readonly retriable: boolean;
}

export interface Outbox {
  /**
   * One SendMessageBatch call: at most 10 messages, 1 MiB in total. The result has one entry for each message: undefined
   * only if SQS lists it as successful. Throws when there is no answer.
   */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<(SendFailure | undefined)[]>;
}

export interface RequestsQueue {
  /** Makes the message visible again after this time instead of the queue's visibility timeout. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
  /**
   * Receives at most 10 messages that are available at once; no message does not mean that the queue is empty. Messages
   * that are not removed or postponed within `seconds` become visible again, and so do those of an answer that got lost.
   */
  receive(max: number, seconds: number): Promise<IncomingMessage[]>;
  /** At most 10. A message that is not deleted comes back. */
  remove(receiptHandles: readonly string[]): Promise<void>;
}

/** A message for the readings queue, to be sent at its own time. */
export interface ScheduledMessage
  extends Required<Pick<OutgoingMessage, 'body' | 'group' | 'deduplicationId'>> {
  /** The name of its schedule: letters, digits and hyphens, at most 64. */
  readonly id: string;
  /** Epoch ms. A time that has passed means as soon as possible. */
  readonly at: number;
}

export interface WakeScheduler {
  /** Setting it again changes nothing. Throws if it was not set. */
  set(message: ScheduledMessage): Promise<void>;
  /** If there is none with this id, nothing happens. */
  cancel(id: string): Promise<void>;
}

/** Places of a key's order that did not come in time, and behind which it went on: the first and the last of them. */
export interface Passed {
  readonly from: number;
  readonly to: number;
}

/** The effect of a commit on the messages that it took in. */
export interface Committed {
  /** Ids of the requests whose readings are in it. */
  readonly requests: readonly string[];
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
  readonly parked: number;
  /** New messages with a sequence number that was not above the highest one of their key. */
  readonly numbersFell: number;
  readonly passed?: Passed;
  readonly outputs: number;
  readonly stateBytes: number;
  /** The reasons why readings were set aside, each once. */
  readonly reasons: readonly string[];
  /** The operator's command that changed the state in this commit, and its id. */
  readonly said?: { readonly word: 'forget' | 'reset'; readonly id: string };
  /** Set while the key is stopped; `before`: it was stopped before this commit. */
  readonly stopped: { readonly reason: string; readonly before: boolean } | undefined;
}

/** Events for the log, the metrics and the local run's timeline. They never contain a payload. */
export type Observation =
  | {
      kind: 'read';
      request: string;
      start: number;
      end: number;
      outcome: 'done' | 'failed' | 'dead';
      readings: number;
    }
  | {
      kind: 'source';
      source: string;
      at: number;
      /** Reads a second; Infinity if no rate is known. */
      rate: number;
      /** Reads at once; undefined: no limit. */
      concurrency: number | undefined;
      /** Reads that the source has refused since the last observation of this environment. */
      refused: number;
      /** Requests that were given back to be read later. */
      givenBack: number;
      /** Epoch ms. */
      closedUntil: number;
      /** Why the environment went on without the others. */
      alone: string | undefined;
    }
  | { kind: 'compute'; key: string; start: number; end: number; readings: number }
  | {
      kind: 'commit';
      key: string;
      version: number;
      start: number;
      end: number;
      outcome: 'committed' | 'conflict';
      /** Only if the commit was made. */
      committed?: Committed;
    }
  | {
      kind: 'write';
      key: string;
      version?: number;
      start: number;
      end: number;
      outputs: number;
      outcome: 'done' | 'failed';
    }
  | {
      kind: 'shadow';
      key: string;
      /** Of the commit that was compared. */
      version: number;
      readings: number;
      /** Readings of which the shadow made something else, and those over which it threw. */
      different: number;
      threw: number;
      /** Why nothing was compared, or nothing kept of it. */
      problem: string | undefined;
    }
  | {
      kind: 'failure';
      /** Of a request that was given up because it, or what led to it, made more requests than the pipeline allows. */
      cause?: 'too many submits';
      stage: 'feed' | 'read' | 'compute' | 'write';
      group: string;
      messages: number;
      reason: string;
      /** The request, key and version, as far as they are known. */
      request?: string;
      key?: string;
      version?: number;
    };

export type Observe = (observation: Observation) => void;

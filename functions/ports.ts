/**
 * What the stages need of the world. functions/aws/ implements these on the AWS SDK, the simulation on a virtual
 * clock; a stage never knows which.
 */

import type { IncomingMessage } from './incoming-message.ts';

export interface Clock {
  /** Epoch milliseconds, with fractions where the platform has them. */
  now(): number;
  /** Resolves after that time, or at once when the signal aborts. Never rejects. */
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
  /** Standard queues only: it is not received before that, 900 at the most. */
  readonly delaySeconds?: number;
}

/** Why SQS did not take an entry of a batch. `retriable` is false when the message itself is at fault. */
export interface SendFailure {
  readonly reason: string;
  readonly retriable: boolean;
}

export interface Outbox {
  /**
   * One SendMessageBatch call: at most 10 messages, 1 MiB in total. The answer has one entry for each message:
   * undefined only for those that SQS lists as successful. Throws when there is no answer.
   */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<(SendFailure | undefined)[]>;
}

export interface RequestsQueue {
  /** Makes the message visible again after that time instead of after the queue's visibility timeout. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
  /**
   * What is there at once, at most 10 messages; none does not mean that the queue is empty. What is not removed or
   * postponed within `seconds` is visible again then, and so is what was given in an answer that got lost.
   */
  receive(max: number, seconds: number): Promise<IncomingMessage[]>;
  /** At most 10. One that is not deleted comes back. */
  remove(receiptHandles: readonly string[]): Promise<void>;
}

/** A message for the readings queue, to be sent at a time of its own. */
export interface ScheduledMessage
  extends Required<Pick<OutgoingMessage, 'body' | 'group' | 'deduplicationId'>> {
  /** Names its schedule: letters, digits and hyphens, 64 at most. */
  readonly id: string;
  /** Epoch ms; one that has passed: as soon as may be. */
  readonly at: number;
}

export interface WakeScheduler {
  /** To set it again changes nothing. Throws when it is not set. */
  set(message: ScheduledMessage): Promise<void>;
  /** That there is none of that id is fine. */
  cancel(id: string): Promise<void>;
}

/** Places of a key's order that did not come in time, and behind which it went on: the first and the last of them. */
export interface Passed {
  readonly from: number;
  readonly to: number;
}

/** What a commit made of the messages that it took in. */
export interface Committed {
  /** Ids of the requests whose readings are in it. */
  readonly requests: readonly string[];
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
  readonly parked: number;
  /** Messages that were new, though their sequence number is not above the highest one that the key had taken in. */
  readonly numbersFell: number;
  readonly passed?: Passed;
  readonly outputs: number;
  readonly stateBytes: number;
  /** Why readings were set aside, each reason once. */
  readonly reasons: readonly string[];
  /** An operator's word that changed the state in this commit, and its id. */
  readonly said?: { readonly word: 'forget' | 'reset'; readonly id: string };
  /** Set while the key stands still; `before`: it did so already when this commit was made. */
  readonly stopped: { readonly reason: string; readonly before: boolean } | undefined;
}

/** What happened, for the log, the metrics and the local run's timeline. Never a payload. */
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
      /** Reads a second; Infinity: no rate is known. */
      rate: number;
      /** Reads at once; undefined: as many as come. */
      concurrency: number | undefined;
      /** Reads that the source refused since the last observation of this environment. */
      refused: number;
      /** Requests that were given back, to be read later. */
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
      /** Only of a commit that was made. */
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
      /** What it concerns, as far as that is known. */
      request?: string;
      key?: string;
      version?: number;
    };

export type Observe = (observation: Observation) => void;

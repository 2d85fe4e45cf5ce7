/**
 * The ports of the stages to the outside. functions/aws/ implements them with the AWS SDK, the simulation with a virtual clock.
 * A stage does not know which one it uses.
 */

import type { IncomingMessage } from './incoming-message.ts';
import type { TraceContext } from './trace-context.ts';

export interface Clock {
  /** Epoch milliseconds, with fractions if the platform has them. */
  now(): number;
  /** Resolves after this time, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Returns a number from 0 up to but not including 1, as Math.random does. */
export type Random = () => number;

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** FIFO queues need both. */
  readonly group?: string;
  readonly deduplicationId?: string;
  /** Standard queues only: seconds before the message can be received, at most 900. */
  readonly delaySeconds?: number;
}

/** Why SQS did not accept an entry of a batch. `retriable` is false if the message itself is at fault. */
export interface SendFailure {
  readonly reason: string;
  readonly retriable: boolean;
}

export interface Outbox {
  /**
   * One SendMessageBatch call: at most 10 messages, 1 MiB in total. The result has one entry per message, which is undefined
   * only if SQS confirmed the message. Throws if there is no answer.
   */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<(SendFailure | undefined)[]>;
}

export interface RequestsQueue {
  /** Makes the message visible again after this time instead of the queue's visibility timeout. */
  postpone(receiptHandle: string, seconds: number): Promise<void>;
  /**
   * Receives at most 10 messages, without waiting. An empty result does not mean that the queue is empty. Messages that are not
   * removed or postponed within `seconds` become visible again, and so do those of an answer that was lost.
   */
  receive(max: number, seconds: number): Promise<IncomingMessage[]>;
  /** At most 10. A message that is not deleted comes back. */
  remove(receiptHandles: readonly string[]): Promise<void>;
}

/** A message for the readings queue that is sent at a given time. */
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

/** The first and the last place that a key in request order skipped because they did not come in time. */
export interface Passed {
  readonly from: number;
  readonly to: number;
}

/** The effect of a commit on the messages that it took in. */
export interface Committed {
  /** Ids of the requests whose messages the commit took in. */
  readonly requests: readonly string[];
  /** The traces of these requests, without repeats; missing if no request has a trace. */
  readonly traces?: readonly TraceContext[];
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
  readonly parked: number;
  /** New messages with a sequence number that was not above the highest one of their key. */
  readonly numbersFell: number;
  readonly passed?: Passed;
  readonly outputs: number;
  readonly stateBytes: number;
  /** Why readings were set aside, and the requests that they came from, each once. */
  readonly setAside: { readonly reasons: readonly string[]; readonly requests: readonly string[] };
  /** The operator's command that changed the state in this commit, and its id. */
  readonly said?: { readonly word: 'forget' | 'reset'; readonly id: string };
  /** Set if the key is stopped. `before` is true if it was stopped before this commit. */
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
      trace?: TraceContext;
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
      /** Requests that went back to the queue to be read later. */
      givenBack: number;
      /** Epoch ms. */
      closedUntil: number;
      /** Why the environment used its own share of the limits, without the shared item. */
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
      /** Set if the commit was made. */
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
      /** The traces of the outputs, without repeats; missing if no output has a trace. */
      traces?: readonly TraceContext[];
    }
  | {
      kind: 'shadow';
      key: string;
      /** The version of the commit that was compared. */
      version: number;
      readings: number;
      /** Readings that the shadow computed differently, and readings on which it threw. */
      different: number;
      threw: number;
      /** Why nothing was compared, or why the result was not stored. */
      problem: string | undefined;
    }
  | {
      kind: 'failure';
      /** Set if more requests were submitted than the pipeline allows. `messages` is 0 if the read went on without them. */
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

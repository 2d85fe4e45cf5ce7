/** What the two sides of an execution environment say to each other: function-thread.ts and environment-worker.mjs. */
import type { MessagePort } from 'node:worker_threads';
import type { Observation } from '../../functions/ports.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import type { FunctionError } from './function-error.ts';

/** The way to the gateway for Weir's clients in a thread: see client-on-port.mjs. */
export interface GatewayDoor {
  readonly port: MessagePort;
  /** Of the gateway's server. Calls to it go through the port. */
  readonly url: string;
  /** Name of the symbol under which clients look for the function that adapts them. */
  readonly adaptClient: string;
  readonly requestTimeoutMs: number;
}

/** What a thread knows from its start. */
export interface ThreadSettings extends Pick<FunctionPlan, 'directory' | 'handler' | 'memoryMb'> {
  readonly functionName: string;
  readonly functionArn: string;
  /** The diagnostics channel of Weir's observations. */
  readonly observations: string;
  /** How a line begins that need not be seen before the invocation ends: see functions/log.ts. */
  readonly unhurried: string;
  /** Undefined: all calls use HTTP. */
  readonly gateway?: GatewayDoor;
}

/** `event` is JSON text, as on Lambda. */
export interface Invoke {
  readonly requestId: string;
  readonly event: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** What a function wrote to one of its streams. */
export interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Comes with every message, and alone as `so far`: each message wakes the other thread, so they are few. */
interface SoFar {
  readonly observations: readonly Observation[];
  readonly written: readonly Written[];
}

/** Messages from the thread. `response` is JSON text, as on Lambda: values that JSON cannot hold are lost. */
export type Said = SoFar &
  (
    | { readonly kind: 'so far' }
    | { readonly kind: 'ready'; readonly initMs: number }
    | { readonly kind: 'broken'; readonly error: FunctionError }
    | { readonly kind: 'answered'; readonly durationMs: number; readonly response: string }
    | { readonly kind: 'failed'; readonly durationMs: number; readonly error: FunctionError }
  );

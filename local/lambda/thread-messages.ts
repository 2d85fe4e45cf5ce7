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
  /** Undefined: all calls use HTTP. */
  readonly gateway?: GatewayDoor;
}

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

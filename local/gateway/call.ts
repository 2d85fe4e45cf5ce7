/** A call at the gateway, its answer, and its callers. */
import type { IsAllowed } from './policy.ts';

export interface Call {
  readonly functionName: string;
  readonly service: 'SQS' | 'DynamoDB';
  readonly operation: string;
  readonly body: Buffer;
}

/**
 * `cut` drops the connection: `before` the call is carried out, or `after` it, so that only the answer is
 * lost.
 */
export type Interception = { readonly delayMs?: number } & (
  | { readonly fail?: { readonly status: number; readonly code: string; readonly message: string } }
  | { readonly cut?: 'before' | 'after' }
);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Carries out a call. `target` is the x-amz-target header. Aborted when the caller has disconnected. */
export type Backend = (target: string, body: Buffer, signal: AbortSignal) => Promise<Answer>;

/** `target` is the x-amz-target header; `path` includes the query. */
export interface OperatorCall {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly body: Buffer;
}

/** A function's call to EventBridge Scheduler. `path` includes the query. */
export interface ScheduleCall {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly isAllowed: IsAllowed;
  readonly onDenied: (action: string, resource: string) => void;
}

/** The caller that started the run: it may do everything. */
export const OPERATOR = 'operator';

/** The access key tells the gateway who calls. */
export function accessKeyOf(functionName: string): string {
  return `LOCAL-${functionName}`;
}

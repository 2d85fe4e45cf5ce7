/**
 * Makes a span of each observation that has a trace, when the observed work is over. The pipeline brings the tracer: Weir has
 * no dependency on OpenTelemetry. A span never delays, fails or changes the work, and no message depends on it.
 *
 * Names and attributes: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isRecord } from './json.ts';
import { kindOf } from './kind-of.ts';
import type { Observation, Observe } from './ports.ts';
import type { TraceContext } from './trace-context.ts';

/** `carry` passes traces on without making spans. */
export type Trace = 'carry' | Spans;

export interface Spans {
  /** The module `@opentelemetry/api`: `import * as openTelemetry from '@opentelemetry/api'`. */
  readonly openTelemetry: OpenTelemetry;
  /** Called at the end of every invocation, before Lambda stops the process: `() => provider.forceFlush()`. */
  readonly flush?: () => Promise<void>;
}

/** The parts of `@opentelemetry/api`, version 1, that Weir uses. They are methods, so the real parameters may be narrower. */
export interface OpenTelemetry {
  readonly ROOT_CONTEXT: unknown;
  readonly trace: {
    getTracer(name: string): Tracer;
    setSpanContext(context: unknown, spanContext: SpanContext): unknown;
  };
  createTraceState(tracestate: string): TraceState;
}

interface Tracer {
  startSpan(name: string, options: SpanOptions, context: unknown): Span;
}

interface Span {
  setStatus(status: { readonly code: number }): unknown;
  end(endTime: number): void;
}

interface SpanOptions {
  readonly kind: number;
  readonly startTime: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  // Mutable, because OpenTelemetry's type is.
  readonly links: { readonly context: SpanContext }[];
}

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote: true;
  readonly traceState?: TraceState;
}

interface TraceState {
  get(key: string): string | undefined;
  set(key: string, value: string): TraceState;
  unset(key: string): TraceState;
  serialize(): string;
}

const KIND_CONSUMER = 4;
const STATUS_ERROR = 2;
/** OpenTelemetry's default for a span. It would drop further links. */
const LINKS_MAX = 128;

export function traceProblem(value: unknown): string | undefined {
  if (value === 'carry') return undefined;
  const api = isRecord(value) ? value['openTelemetry'] : undefined;
  const trace = isModule(api) ? api['trace'] : undefined;
  if (isModule(trace) && typeof trace['getTracer'] === 'function') return undefined;
  return `is ${kindOf(value)}: use 'carry', or { openTelemetry } with the module @opentelemetry/api`;
}

/** True for a module namespace or an instance of a class. */
function isModule(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Undefined if the pipeline makes no spans. */
export function spansOf(trace: Trace | undefined, pipeline: string): Observe | undefined {
  if (trace === undefined || trace === 'carry') return undefined;
  const { openTelemetry: api } = trace;
  const tracer = api.trace.getTracer('weir');
  return (observation) => {
    const made = spanOf(observation, pipeline);
    if (made === undefined) return;
    try {
      const contexts = made.traces.slice(0, LINKS_MAX).map((one) => spanContextOf(one, api));
      const [parent, ...others] = contexts;
      // A single cause is the parent. Several causes are only links, because a span has one parent. A commit has links only.
      const context =
        parent === undefined || others.length > 0 || made.folds
          ? api.ROOT_CONTEXT
          : api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
      const { start: startTime, attributes, name } = made;
      const links = contexts.map((each) => ({ context: each }));
      const span = tracer.startSpan(name, { kind: KIND_CONSUMER, startTime, attributes, links }, context);
      if (made.failed) span.setStatus({ code: STATUS_ERROR });
      span.end(made.end);
    } catch {
      // If the tracer fails, only the span is lost.
    }
  };
}

/** Lambda stops the process when the handler has returned. If the flush fails or takes too long, only spans are lost. */
export async function flushSpans(trace: Trace | undefined): Promise<void> {
  if (trace === undefined || trace === 'carry') return;
  try {
    const over = new AbortController();
    const inTime = wait(FLUSH_MS_MAX, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([trace.flush?.(), inTime]);
    over.abort();
  } catch {
    // The collector cannot be reached.
  }
}

const FLUSH_MS_MAX = 2_000;

interface MadeSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly failed: boolean;
  readonly traces: readonly TraceContext[];
  /** If true, the causes are links even if there is only one. */
  readonly folds: boolean;
  readonly attributes: SpanOptions['attributes'];
}

/** Undefined for an observation without a trace. */
function spanOf(seen: Observation, pipeline: string): MadeSpan | undefined {
  if (seen.kind === 'read' && seen.trace !== undefined) {
    const about = { 'weir.request': seen.request, 'messaging.batch.message_count': 1 };
    return made('read', 'requests', seen, [seen.trace], seen.outcome !== 'done', about, pipeline);
  }
  if (seen.kind === 'commit' && seen.committed?.traces !== undefined) {
    const { traces, requests } = seen.committed;
    const about = { ...keyed(seen), 'messaging.batch.message_count': requests.length };
    return { ...made('compute', 'readings', seen, traces, false, about, pipeline), folds: true };
  }
  if (seen.kind === 'write' && seen.traces !== undefined) {
    const about = { ...keyed(seen), 'messaging.batch.message_count': seen.outputs };
    return made('write', 'outputs', seen, seen.traces, seen.outcome === 'failed', about, pipeline);
  }
  return undefined;
}

function keyed({ key, version = 0 }: { readonly key: string; readonly version?: number }) {
  return { 'weir.key': key, 'weir.version': version };
}

function made(
  operation: 'read' | 'compute' | 'write',
  destination: string,
  { start, end }: { readonly start: number; readonly end: number },
  traces: readonly TraceContext[],
  failed: boolean,
  about: SpanOptions['attributes'],
  pipeline: string,
): MadeSpan {
  const name = `${pipeline}/${destination}`;
  const attributes = {
    'messaging.system': 'aws_sqs',
    'messaging.operation.type': 'process',
    'messaging.operation.name': operation,
    'messaging.destination.name': name,
    ...about,
  };
  return { name: `${operation} ${name}`, start, end, failed, traces, folds: false, attributes };
}

function spanContextOf({ traceparent, tracestate }: TraceContext, api: OpenTelemetry): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }),
  };
}

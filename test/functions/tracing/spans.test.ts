/** Spans that are made of observations, on what `@opentelemetry/api` offers. */
import { describe, expect, test } from 'vitest';
import { definePipeline } from '../../../functions/pipeline.ts';
import type { Committed, Observation } from '../../../functions/ports.ts';
import { flushSpans, type OpenTelemetry, spansOf } from '../../../functions/tracing.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const trace = (parent: string) => ({
  traceparent: `00-${ID}-${parent.padStart(16, '0')}-01`,
  tracestate: 'a=1',
});

type Made = {
  name: string;
  options: Record<string, unknown>;
  context: unknown;
  status?: unknown;
  end?: number;
};

function stateOf(text: string) {
  const state = { text, get: () => '1', set: () => state, unset: () => state, serialize: () => text };
  return state;
}

/** Notes the spans that are made. */
function recording() {
  const spans: Made[] = [];
  const openTelemetry: OpenTelemetry = {
    ROOT_CONTEXT: 'root',
    trace: {
      getTracer: (name) => ({
        startSpan(span, options, context) {
          const made: Made = { name: `${name}: ${span}`, options: { ...options }, context };
          spans.push(made);
          return {
            setStatus: (status) => Object.assign(made, { status }),
            end: (end) => Object.assign(made, { end }),
          };
        },
      }),
      setSpanContext: (context, spanContext) => ({ context, spanContext }),
    },
    createTraceState: stateOf,
  };
  return { spans, openTelemetry };
}

const read = (parts: object = {}): Observation => ({
  kind: 'read',
  request: 'r-1',
  start: 10,
  end: 20,
  outcome: 'done',
  readings: 2,
  trace: trace('aa'),
  ...parts,
});
const committed: Committed = {
  requests: ['r-1', 'r-2'],
  traces: [trace('aa'), trace('bb')],
  applied: 2,
  skipped: 0,
  dead: 0,
  parked: 0,
  numbersFell: 0,
  outputs: 1,
  stateBytes: 1,
  setAside: { reasons: [], requests: [] },
  stopped: undefined,
};
const commit = { kind: 'commit', key: 'k', version: 3, start: 30, end: 40, outcome: 'committed' } as const;

const contextOf = (parent: string) => ({
  traceId: ID,
  spanId: parent.padStart(16, '0'),
  traceFlags: 1,
  isRemote: true,
  traceState: expect.objectContaining({ text: 'a=1' }),
});

describe('a span', () => {
  test('of a read is a child of its submitter, with the names of OpenTelemetry', () => {
    const { spans, openTelemetry } = recording();
    spansOf({ openTelemetry }, 'clicks')?.(read());
    expect(spans).toEqual([
      {
        name: 'weir: read clicks/requests',
        context: { context: 'root', spanContext: contextOf('aa') },
        options: {
          kind: 4,
          startTime: 10,
          links: [{ context: contextOf('aa') }],
          attributes: {
            'messaging.system': 'aws_sqs',
            'messaging.operation.type': 'process',
            'messaging.operation.name': 'read',
            'messaging.destination.name': 'clicks/requests',
            'messaging.batch.message_count': 1,
            'weir.request': 'r-1',
          },
        },
        end: 20,
      },
    ]);
  });

  test('of a commit starts its own trace and links to every trace that it folds', () => {
    const { spans, openTelemetry } = recording();
    const observe = spansOf({ openTelemetry }, 'clicks');
    observe?.({ ...commit, committed });
    observe?.({ ...commit, committed: { ...committed, traces: [trace('aa')] } });
    expect(spans).toMatchObject([
      {
        name: 'weir: compute clicks/readings',
        context: 'root',
        options: {
          links: [{ context: contextOf('aa') }, { context: contextOf('bb') }],
          attributes: { 'weir.key': 'k', 'weir.version': 3, 'messaging.batch.message_count': 2 },
        },
        end: 40,
      },
      { context: 'root', options: { links: [{ context: contextOf('aa') }] } },
    ]);
  });

  test('of a write is a child where all its outputs have one trace, and linked where they have several', () => {
    const { spans, openTelemetry } = recording();
    const observe = spansOf({ openTelemetry }, 'clicks');
    const write = { kind: 'write', key: 'k', version: 3, start: 50, end: 60, outputs: 2 } as const;
    observe?.({ ...write, outcome: 'done', traces: [trace('aa')] });
    observe?.({ ...write, outcome: 'failed', traces: [trace('aa'), trace('bb')] });
    expect(spans).toMatchObject([
      { name: 'weir: write clicks/outputs', context: { spanContext: contextOf('aa') } },
      { context: 'root', status: { code: 2 } },
    ]);
    expect(spans[0]).not.toHaveProperty('status');
  });

  test('has as many links as a span may have, and a read that failed has the status of an error', () => {
    const { spans, openTelemetry } = recording();
    const observe = spansOf({ openTelemetry }, 'clicks');
    const traces = Array.from({ length: 300 }, (_, n) => trace(String(n + 1)));
    observe?.({ ...commit, committed: { ...committed, traces } });
    observe?.(read({ outcome: 'failed' }));
    expect(spans[0]?.options['links']).toHaveLength(128);
    expect(spans[1]).toMatchObject({ status: { code: 2 } });
  });

  test('is made only for work with a trace, and not if traces are only carried', () => {
    const { spans, openTelemetry } = recording();
    const { trace: _, ...untraced } = { trace: undefined, ...read() };
    spansOf({ openTelemetry }, 'clicks')?.(untraced as Observation);
    expect(spans).toEqual([]);
    expect(spansOf('carry', 'clicks')).toBeUndefined();
    expect(spansOf(undefined, 'clicks')).toBeUndefined();
  });

  test('that cannot be made or flushed fails nothing', async () => {
    const { openTelemetry } = recording();
    const broken = {
      ...openTelemetry,
      createTraceState: () => {
        throw new Error('broken');
      },
    };
    expect(() => spansOf({ openTelemetry: broken }, 'clicks')?.(read())).not.toThrow();
    await flushSpans({ openTelemetry, flush: () => Promise.reject(new Error('away')) });
    await flushSpans({ openTelemetry, flush: () => new Promise(() => {}) });
  });
});

test("the option trace is 'carry' or the module @opentelemetry/api", () => {
  const { openTelemetry } = recording();
  const define = (trace: unknown) =>
    definePipeline({
      name: 'traced',
      request: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
      read: () => [1],
      initial: () => 0,
      compute: (state: number) => state,
      ...({ trace } as { trace: 'carry' }),
    });
  expect(define('carry').trace).toBe('carry');
  expect(define({ openTelemetry }).trace).toEqual({ openTelemetry });
  for (const wrong of [true, 'on', {}, { openTelemetry: {} }, openTelemetry]) {
    expect(() => define(wrong)).toThrow(/trace is .*: use 'carry', or \{ openTelemetry \}/);
  }
});

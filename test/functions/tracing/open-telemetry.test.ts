/** The module itself, as a pipeline passes it. */
import * as openTelemetry from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation } from '../../../functions/ports.ts';
import { type Spans, spansOf, traceProblem } from '../../../functions/tracing.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const trace = { traceparent: `00-${ID}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };
const read: Observation = {
  kind: 'read',
  request: 'r-1',
  start: 10,
  end: 20,
  outcome: 'done',
  readings: 1,
  trace,
};

test('the option trace takes the module @opentelemetry/api, and its provider gets the parent and the links', () => {
  const made: { readonly parent: string | undefined; readonly states: (string | undefined)[] }[] = [];
  const span = openTelemetry.trace.wrapSpanContext(openTelemetry.INVALID_SPAN_CONTEXT);
  openTelemetry.trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan(_name, options, context) {
        const parent = context && openTelemetry.trace.getSpanContext(context);
        const states = options?.links?.map((link) => link.context.traceState?.serialize()) ?? [];
        made.push({ parent: parent?.spanId, states });
        return span;
      },
      startActiveSpan: () => expect.fail('Weir makes no active span'),
    }),
  });
  onTestFinished(() => openTelemetry.trace.disable());
  const spans: Spans = { openTelemetry };
  expect(traceProblem(spans)).toBeUndefined();
  const observe = spansOf(spans, 'clicks');
  observe?.(read);
  expect(made).toEqual([{ parent: 'b7ad6b7169203331', states: ['vendor=1'] }]);
});

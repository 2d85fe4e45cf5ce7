import { describe, expect, test } from 'vitest';
import { parseTrace, tracesOf } from '../../../functions/trace-context.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a trace context', () => {
  test('follows the W3C, and is passed on unchanged', () => {
    expect(parseTrace(PARENT)).toEqual({ traceparent: PARENT });
    expect(parseTrace(PARENT, 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7')).toEqual({
      traceparent: PARENT,
      tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7',
    });
  });

  test('of a later version is read as far as this version defines it', () => {
    expect(parseTrace(`cc${PARENT.slice(2)}-what the future brings`)).toEqual({ traceparent: PARENT });
    expect(parseTrace(`cc${PARENT.slice(2)}`)).toEqual({ traceparent: PARENT });
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['no text', 7],
    ['of the forbidden version', `ff${PARENT.slice(2)}`],
    ['in capitals', PARENT.toUpperCase()],
    ['without a trace id', PARENT.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`)],
    ['without a parent id', PARENT.replace('b7ad6b7169203331', '0'.repeat(16))],
    ['too short', PARENT.slice(0, -1)],
    ['too long', `${PARENT}0`],
    ['longer than its version', `${PARENT}-more`],
    ['of a later version and run together', `cc${PARENT.slice(2)}x`],
  ])('that is %s is ignored', (_, traceparent) => {
    expect(parseTrace(traceparent, 'a=1')).toBeUndefined();
  });

  test.each([
    ['empty', ''],
    ['too long', `a=${'1'.repeat(511)}`],
    ['of too many members', Array.from({ length: 33 }, (_, n) => `k${n}=v`).join(',')],
    ['no list of members', 'a'],
    ['of a key in capitals', 'A=1'],
    ['of no text', 7],
    ['in need of a character that SQS refuses', 'a=\u0001'],
  ])('keeps its traceparent if its tracestate is %s', (_, tracestate) => {
    expect(parseTrace(PARENT, tracestate)).toEqual({ traceparent: PARENT });
  });

  test('counts once among the traces of a commit', () => {
    const trace = { traceparent: PARENT };
    expect(tracesOf([trace, undefined, { ...trace }, { ...trace, tracestate: 'a=1' }])).toHaveLength(2);
    expect(tracesOf([undefined])).toBeUndefined();
  });
});

/**
 * The W3C trace context of a submitter (https://www.w3.org/TR/trace-context/). Weir passes it on as unchanged text: from a
 * request to its readings, then to their outputs and wakes, and to the requests that follow from these. Weir decides nothing
 * by it: a message has the same effect without it.
 */
import { defined } from './defined.ts';

/** Its fields are the names and values of two HTTP headers: `fetch(url, { headers: { ...trace } })`. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Undefined for an invalid trace context, which the standard says to ignore. */
export function parseTrace(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  const [, version, own, rest] = PARENT.exec(typeof traceparent === 'string' ? traceparent : '') ?? [];
  if (version === undefined || own === undefined || version === 'ff' || NO_ID.test(own)) return undefined;
  // A later version may have more fields at the end. Weir passes on only those of version 00.
  if (version === '00' && rest !== '') return undefined;
  return { traceparent: `00-${own}`, ...defined({ tracestate: soundState(tracestate) }) };
}

/** The parts of a traceparent: the version; trace-id, parent-id and flags; further fields of a later version. */
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(|-.*)$/s;
/** An id that is all zeros is invalid. */
const NO_ID = /^0{32}-|-0{16}-/;

/** Undefined for a tracestate that is too long or not a list of members. The traceparent is used all the same. */
function soundState(tracestate: unknown): string | undefined {
  if (typeof tracestate !== 'string' || tracestate.length > TRACESTATE_LENGTH_MAX) return undefined;
  const members = tracestate.split(',').map((member) => member.trim());
  const sound = members.filter((member) => member !== '');
  if (sound.length === 0 || sound.length > MEMBERS_MAX) return undefined;
  return sound.every((member) => MEMBER.test(member)) ? sound.join(',') : undefined;
}

/** The length that the standard requires to be passed on. A longer one would take space from data. */
const TRACESTATE_LENGTH_MAX = 512;
const MEMBERS_MAX = 32;
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** The fields that a message or a set of attributes has for its trace; {} without a trace. */
export function traceFields(trace: TraceContext | undefined): Partial<TraceContext> {
  return trace === undefined ? {} : defined({ traceparent: trace.traceparent, tracestate: trace.tracestate });
}

/** The trace of a message. Its fields were checked when it was decoded. */
export function traceIn({ traceparent, tracestate }: Partial<TraceContext>): TraceContext | undefined {
  return traceparent === undefined ? undefined : { traceparent, ...defined({ tracestate }) };
}

export function sameTrace(a: TraceContext | undefined, b: TraceContext | undefined): boolean {
  return a?.traceparent === b?.traceparent && a?.tracestate === b?.tracestate;
}

/** The traces without repeats; undefined if there is none. */
export function tracesOf(traces: Iterable<TraceContext | undefined>): readonly TraceContext[] | undefined {
  const found = new Map<string, TraceContext>();
  for (const trace of traces) {
    if (trace !== undefined) found.set(`${trace.traceparent} ${trace.tracestate ?? ''}`, trace);
  }
  return found.size === 0 ? undefined : [...found.values()];
}

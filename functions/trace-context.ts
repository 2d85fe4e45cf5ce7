/**
 * The W3C trace context of a submitter (https://www.w3.org/TR/trace-context/). It travels as text, unchanged: with a request as
 * attributes, with its readings, with the outputs and wakes that follow from them, and with the requests that follow from those.
 * Nothing is decided by it: a message without it is the same message.
 */
import { defined } from './defined.ts';

/** As two headers: `fetch(url, { headers: { ...trace } })`. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Undefined for what is no trace context, as the standard has it: then there is none. */
export function parseTrace(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  const [, version, own, rest] = PARENT.exec(typeof traceparent === 'string' ? traceparent : '') ?? [];
  if (version === undefined || own === undefined || version === 'ff' || NO_ID.test(own)) return undefined;
  // A later version may have more fields behind; what is passed on is of the version that is known here.
  if (version === '00' && rest !== '') return undefined;
  return { traceparent: `00-${own}`, ...defined({ tracestate: soundState(tracestate) }) };
}

/** The version; trace-id, parent-id and flags; more, in a later version. */
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(|-.*)$/s;
/** Ids of zeros only are none. */
const NO_ID = /^0{32}-|-0{16}-/;

/** One that is too long, or no list of members, is dropped, and the traceparent stays. */
function soundState(tracestate: unknown): string | undefined {
  if (typeof tracestate !== 'string' || tracestate.length > TRACESTATE_LENGTH_MAX) return undefined;
  const members = tracestate.split(',').map((member) => member.trim());
  const sound = members.filter((member) => member !== '');
  if (sound.length === 0 || sound.length > MEMBERS_MAX) return undefined;
  return sound.every((member) => MEMBER.test(member)) ? sound.join(',') : undefined;
}

/** So much at least is to be passed on; more would take the place of data. */
const TRACESTATE_LENGTH_MAX = 512;
const MEMBERS_MAX = 32;
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** The fields of what carries one; none where there is none. */
export function traceFields(trace: TraceContext | undefined): Partial<TraceContext> {
  return trace === undefined ? {} : defined({ traceparent: trace.traceparent, tracestate: trace.tracestate });
}

/** Of what was checked when it was decoded. */
export function traceIn({ traceparent, tracestate }: Partial<TraceContext>): TraceContext | undefined {
  return traceparent === undefined ? undefined : { traceparent, ...defined({ tracestate }) };
}

export function sameTrace(a: TraceContext | undefined, b: TraceContext | undefined): boolean {
  return a?.traceparent === b?.traceparent && a?.tracestate === b?.tracestate;
}

/** Each once; undefined if there is none. */
export function tracesOf(traces: Iterable<TraceContext | undefined>): readonly TraceContext[] | undefined {
  const found = new Map<string, TraceContext>();
  for (const trace of traces) {
    if (trace !== undefined) found.set(`${trace.traceparent} ${trace.tracestate ?? ''}`, trace);
  }
  return found.size === 0 ? undefined : [...found.values()];
}

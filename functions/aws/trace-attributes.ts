/** The traces of outputs as an attribute of the item. */
import { isRecord } from '../json.ts';
import type { KeyItem, TracedOutputs } from '../state.ts';
import { parseTrace } from '../trace-context.ts';
import type { Item } from './attributes.ts';

/** Includes the version, as chains do: a build that does not know the attribute keeps it beside the outputs of later versions. */
export function tracesAttribute(traces: readonly TracedOutputs[], version: number): Item[string] {
  const of = traces.map(({ outputs, trace }) =>
    [outputs, trace?.traceparent, trace?.tracestate].filter((part) => part !== undefined),
  );
  return { S: JSON.stringify({ version, of }) };
}

export function decodeTraces(text: string | undefined, version: number): Pick<KeyItem, 'traces'> {
  const value = text === undefined ? undefined : parsed(text);
  if (!isRecord(value) || value['version'] !== version || !Array.isArray(value['of'])) return {};
  return { traces: value['of'].map(tracedOutputs) };
}

function tracedOutputs(value: unknown): TracedOutputs {
  const [outputs, traceparent, tracestate] = Array.isArray(value) ? value : [];
  const trace = parseTrace(traceparent, tracestate);
  return { outputs: Number(outputs), ...(trace && { trace }) };
}

/** Undefined for text that is not JSON: an unreadable trace must not hold up outputs. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

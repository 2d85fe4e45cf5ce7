/** Encodes and decodes the attributes that hold JSON text. */
import { encodeJson, isRecord } from '../json.ts';
import type {
  ChainedOutputs,
  Forgotten,
  HistoryEntry,
  KeyItem,
  OpenRequest,
  PartlyApplied,
  PendingWake,
  Position,
  Stopped,
  WakeSchedule,
} from '../state.ts';
import { parseTrace } from '../trace-context.ts';
import type { Item } from './attributes.ts';

/** Undefined for undefined and for an empty list. */
export function jsonAttribute(value: object | undefined): Item[string] | undefined {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  return { S: JSON.stringify(value) };
}

export function listOf<Value>(
  text: string | undefined,
  decode: (value: unknown) => Value | undefined,
): Value[] {
  const value = text === undefined ? [] : parseText(text);
  return Array.isArray(value) ? value.flatMap((element) => decode(element) ?? []) : [];
}

export function decodePartly(value: unknown): PartlyApplied | undefined {
  if (!isRecord(value)) return undefined;
  const { receipt, count, read } = value;
  if (typeof receipt !== 'string' || typeof count !== 'number') return undefined;
  return { receipt, count, ...(typeof read === 'string' ? { read } : {}) };
}

export function decodeOpen(value: unknown): OpenRequest | undefined {
  if (!isRecord(value)) return undefined;
  const { request, read } = value;
  return typeof request === 'string' && typeof read === 'string' ? { request, read } : undefined;
}

export function decodeForgotten(text: string | undefined): Forgotten | undefined {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return undefined;
  const after = value['after'] === 'skip' ? 'skip' : 'begin';
  return { version: Number(value['version']), at: Number(value['at']), after };
}

export function decodeHistory(value: unknown): HistoryEntry | undefined {
  if (!isRecord(value)) return undefined;
  const { word, version, at, id, reason } = value;
  return {
    word: word === 'forget' ? 'forget' : 'reset',
    version: Number(version),
    at: Number(at),
    id: String(id),
    reason: String(reason),
  };
}

export function decodeNext(text: string | undefined): Position {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return { sequence: 1, chunk: 0 };
  return { sequence: Number(value['sequence']), chunk: Number(value['chunk']) };
}

export function decodeWaiting(text: string | undefined): Pick<KeyItem, 'waiting'> {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return {};
  const { sequence, chunk, since, until } = value;
  const waiting = { sequence: Number(sequence), chunk: Number(chunk), since: Number(since) };
  return { waiting: { ...waiting, ...(until === undefined ? {} : { until: Number(until) }) } };
}

export function decodeGapTimer(text: string | undefined): Pick<KeyItem, 'gapTimer'> {
  const value = text === undefined ? undefined : parseText(text);
  return isRecord(value) ? { gapTimer: { id: String(value['id']), from: Number(value['from']) } } : {};
}

export function decodeStopped(text: string | undefined): Stopped | undefined {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return undefined;
  return {
    receipt: String(value['receipt']),
    index: Number(value['index']),
    reason: String(value['reason']),
  };
}

/** An empty list is kept, because it shows that the key once had a wake, which decides the format of its item. */
export function decodeWakes(text: string | undefined): Pick<KeyItem, 'wakes'> {
  return text === undefined ? {} : { wakes: listOf(text, decodeWake) };
}

function decodeWake(value: unknown): PendingWake | undefined {
  if (!isRecord(value)) return undefined;
  const { tag, at, id, from, spent, chain } = value;
  const own = isRecord(value['trace']) ? value['trace'] : {};
  const trace = parseTrace(own['traceparent'], own['tracestate']);
  return {
    tag: String(tag),
    at: Number(at),
    id: String(id),
    from: Number(from),
    ...(spent === true ? { spent } : {}),
    ...(typeof chain === 'string' ? { chain } : {}),
    ...(trace && { trace }),
  };
}

export function decodeWaking(text: string | undefined): Pick<KeyItem, 'waking'> {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value)) return {};
  const { set, cancel } = value;
  return {
    waking: {
      set: Array.isArray(set) ? set.flatMap((one) => decodeSchedule(one) ?? []) : [],
      cancel: Array.isArray(cancel) ? cancel.map(String) : [],
    },
  };
}

function decodeSchedule(value: unknown): WakeSchedule | undefined {
  if (!isRecord(value)) return undefined;
  const { id, tag, at } = value;
  return { id: String(id), tag: String(tag), at: Number(at) };
}

/** Includes the version: a build that does not know chains would keep old ones beside the outputs of a later version. */
export function chainsAttribute(chains: readonly ChainedOutputs[], version: number): Item[string] {
  return { S: JSON.stringify({ version, of: chains.map(({ outputs, chain }) => [outputs, chain]) }) };
}

export function decodeChains(text: string | undefined, version: number): Pick<KeyItem, 'chains'> {
  const value = text === undefined ? undefined : parseText(text);
  if (!isRecord(value) || value['version'] !== version || !Array.isArray(value['of'])) return {};
  return { chains: value['of'].flatMap((one) => decodeChained(one) ?? []) };
}

function decodeChained(value: unknown): ChainedOutputs | undefined {
  if (!Array.isArray(value)) return undefined;
  const [outputs, chain] = value;
  return { outputs: Number(outputs), chain: String(chain) };
}

export function decodeOutputs(text: string): string[] {
  const value = parseText(text);
  return Array.isArray(value) ? value.map((output) => encodeJson(output, 'an output')) : [];
}

/** Throws its own error, because the error of JSON.parse quotes the text, and errors are logged. */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('an attribute of an item of the table is not the JSON that Weir wrote');
  }
}

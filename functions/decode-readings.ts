/** Decodes messages of the readings queue. */
import { decompress } from './compressed.ts';
import { defined } from './defined.ts';
import { NewerFormatError, PermanentError } from './errors.ts';
import { isRecord } from './json.ts';
import { checkKey } from './message-ids.ts';
import {
  CHAINED_FORMAT,
  COMPRESSED_FORMAT,
  FORMAT_OF_KIND,
  KINDS,
  MESSAGE_FORMAT,
  type MessageKind,
  PARTIAL_FORMAT,
  type PartialOf,
  type ReadingsMessage,
  type ResetTo,
  type StopPlace,
  type WakeReading,
} from './readings.ts';
import { parseTrace, traceFields } from './trace-context.ts';

/**
 * Decodes a body of the readings queue. Throws a PermanentError if Weir did not write it, and a NewerFormatError if a newer
 * build wrote it, so that the message waits for that build.
 */
export function decodeMessage(body: string): ReadingsMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new PermanentError('a message on the readings queue is not JSON');
  }
  if (!isRecord(value)) throw new PermanentError('a message on the readings queue is not an object');
  const { v } = value;
  // Any other number is not a format but an unknown sender's value, which must not appear in a reason.
  if (isCount(v) && (UNKNOWN_FORMATS.includes(v) || (v > MESSAGE_FORMAT && v <= NEWEST_FORMAT))) {
    throw new NewerFormatError(`message format ${v}, this build knows ${MESSAGE_FORMAT}`);
  }
  const message = soundMessage(value);
  if (message === undefined)
    throw new PermanentError('a message on the readings queue that Weir did not write');
  checkKey(message.key, 'the key of the message');
  return message;
}

/** The WakeReading of a message of kind `wake`. */
export function wakeIn({ readings }: Pick<ReadingsMessage, 'readings'>): WakeReading {
  const [reading] = readings;
  if (!isWakeReading(reading)) throw new PermanentError('a wake without its tag and time');
  return reading;
}

function isWakeReading(value: unknown): value is WakeReading {
  return isRecord(value) && typeof value['tag'] === 'string' && isCount(value['at']);
}

function soundMessage(value: Readonly<Record<string, unknown>>): ReadingsMessage | undefined {
  const { v, kind = 'readings', request, since, key, chunk, of, read } = value;
  const { index, sequence, start, follows, chain, stop, reason, to, partial } = value; // These are optional.
  const readings = isPacked(value) ? unpacked(value['packed']) : value['readings'];
  const sound =
    isKind(kind) &&
    (v === FORMAT_OF_KIND[kind] || (isOfReadings(v) && kind === 'readings')) &&
    (v === CHAINED_FORMAT ? typeof chain === 'string' : chain === undefined) &&
    typeof request === 'string' &&
    typeof since === 'number' &&
    typeof key === 'string' &&
    isCount(chunk) &&
    isCount(of) &&
    typeof read === 'string' &&
    isCountOrNothing(index) &&
    isCountOrNothing(sequence) &&
    isCountOrNothing(start) &&
    isCountOrNothing(follows) &&
    (stop === undefined || isStopPlace(stop)) &&
    isAboutStop(kind) === (stop !== undefined) &&
    (reason === undefined || typeof reason === 'string') &&
    (to === undefined || isResetTo(to)) &&
    (kind === 'reset') === (to !== undefined) &&
    Array.isArray(readings) &&
    (partial === undefined || (isPartialOf(partial) && readings.length === 1)) &&
    (v === PARTIAL_FORMAT) === (partial !== undefined) &&
    (kind !== 'wake' || isWakeReading(readings[0]));
  if (!sound) return undefined;
  return {
    kind,
    request,
    since,
    key,
    chunk,
    of,
    read,
    readings,
    ...defined({ index, sequence, start, follows, stop, reason, to, partial }),
    ...(typeof chain === 'string' ? { chain } : {}),
    ...traceFields(parseTrace(value['traceparent'], value['tracestate'])),
  };
}

function isPacked({ v, packed }: Readonly<Record<string, unknown>>): boolean {
  return v === COMPRESSED_FORMAT || ((v === PARTIAL_FORMAT || v === CHAINED_FORMAT) && packed !== undefined);
}

function isOfReadings(v: unknown): boolean {
  return v === COMPRESSED_FORMAT || v === CHAINED_FORMAT || v === PARTIAL_FORMAT;
}

/** Undefined if Weir did not compress it. */
function unpacked(packed: unknown): unknown {
  if (typeof packed !== 'string') return undefined;
  try {
    return JSON.parse(decompress(packed));
  } catch {
    return undefined;
  }
}

function isKind(value: unknown): value is MessageKind {
  return KINDS.some((kind) => kind === value);
}

function isAboutStop(kind: MessageKind): boolean {
  return kind === 'resume' || kind === 'skip';
}

function isResetTo(value: unknown): value is ResetTo {
  return isRecord(value) && typeof value['state'] === 'string' && isCount(value['stateVersion']);
}

function isPartialOf(value: unknown): value is PartialOf {
  return isRecord(value) && isCount(value['count']) && isCount(value['stateVersion']);
}

function isStopPlace(value: unknown): value is StopPlace {
  return isRecord(value) && typeof value['receipt'] === 'string' && isCount(value['index']);
}

function isCountOrNothing(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Formats that only other builds write. */
const UNKNOWN_FORMATS: readonly number[] = [6];

const NEWEST_FORMAT = 1_000;

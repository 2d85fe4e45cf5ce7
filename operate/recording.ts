/**
 * Recorded readings as messages in the order in which they are folded: from a file with one reading per line,
 * or from a file of requests that are read again now.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../functions/aws/clock.ts';
import { withDeadline } from '../functions/deadline.ts';
import { defined } from '../functions/defined.ts';
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { listOf } from '../functions/given.ts';
import type { IncomingMessage } from '../functions/incoming-message.ts';
import { isRecord, parseJson } from '../functions/json.ts';
import { packReadings } from '../functions/pack.ts';
import { NO_SECRETS, type Pipeline } from '../functions/pipeline.ts';
import type { EncodedMessage } from '../functions/readings.ts';
import { parseRequest } from '../functions/requests.ts';
import { NO_SUBMIT } from '../functions/submits.ts';
import { linesOf } from '../model/lines.ts';
import { OperatorError } from '../model/operator-error.ts';
import { checkRequests, type FileRequest, requestsOf } from '../model/request-file.ts';

export interface Recorded {
  readonly key: string;
  readonly message: IncomingMessage;
}

export interface RecordingOptions {
  readonly pipeline: Pipeline;
  readonly signal: AbortSignal;
  /** Called with the number of finished lines. */
  readonly onProgress?: (lines: number) => void;
}

/**
 * One reading per line: {"key": "a", "reading": {...}}; `request` and `sentAt` (epoch ms) are optional, for
 * computes that use them. Without `key` the pipeline's own key function decides.
 */
export async function* recordedReadings(file: string, options: RecordingOptions): AsyncGenerator<Recorded> {
  const { pipeline, signal, onProgress } = options;
  const places = new Map<string, number>();
  for await (const { number, text } of linesOf(file)) {
    signal.throwIfAborted();
    try {
      const { key, reading, request, sentAt } = parseReading(text, pipeline);
      const sequence = (places.get(key) ?? 0) + 1;
      places.set(key, sequence);
      const id = request === undefined ? `line ${number}` : `${request}, line ${number}`;
      const origin = { id, since: 0, ...(pipeline.order.by === 'request' ? { sequence } : {}) };
      const [message] = packReadings(origin, [reading], () => key).get(key) ?? [];
      if (message !== undefined) yield { key, message: deliver(message, number, sentAt) };
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      throw new OperatorError(`${file}, line ${number}: ${reasonOf(error)}`);
    }
    onProgress?.(number);
  }
}

function parseReading(text: string, pipeline: Pipeline) {
  const value = parseJson(text, 'the line', pipeline.numbers);
  if (!isRecord(value) || !Object.hasOwn(value, 'reading')) {
    throw new PermanentError('a recorded reading is {"key": "...", "reading": ...}');
  }
  const { reading, key: given, request, sentAt } = value;
  const key = given ?? (pipeline.order.by === 'arrival' ? pipeline.order.key(reading) : undefined);
  if (typeof key !== 'string') throw new PermanentError('its key is missing, or not a string');
  return {
    key,
    reading,
    request: typeof request === 'string' ? request : undefined,
    sentAt: typeof sentAt === 'number' ? sentAt : 0,
  };
}

/** A moderate number of concurrent reads; their readings are still taken in the order of the file. */
const READS_AT_ONCE = 16;
const READ_TRIES_MAX = 3;

interface Read {
  readonly id: string;
  readonly readings: readonly unknown[];
  /** In request order: the key and place of the whole request. */
  readonly turn: { readonly key: string; readonly sequence: number } | undefined;
}

export async function* recordedRequests(file: string, options: RecordingOptions): AsyncGenerator<Recorded> {
  const { order } = options.pipeline;
  const reads = readAll(file, options);
  let place = 0;
  const messagesOf = function* (
    { id, readings, turn }: Read,
    sequence: number | undefined,
  ): Generator<Recorded> {
    const origin = { id, since: 0, ...defined({ sequence }) };
    const keyOf = order.by === 'arrival' ? order.key : () => turn?.key ?? '';
    for (const [key, messages] of packReadings(origin, readings, keyOf)) {
      for (const message of messages) {
        place += 1;
        yield { key, message: deliver(message, place, 0) };
      }
    }
  };
  if (order.by === 'arrival') for await (const read of reads) yield* messagesOf(read, undefined);
  else {
    const all: Read[] = [];
    for await (const read of reads) all.push(read);
    for (const [read, rank] of inTurn(all)) yield* messagesOf(read, rank);
  }
}

/**
 * Sorted by sequence number and numbered again from 1, because a recording may begin anywhere. Two requests
 * with the same place keep sharing one.
 */
function inTurn(reads: readonly Read[]): [Read, number][] {
  const byKey = Map.groupBy(reads, ({ turn }) => turn?.key);
  return [...byKey.values()].flatMap((ofKey) => {
    const sequences = [...new Set(ofKey.map(({ turn }) => turn?.sequence ?? 0))].sort((a, b) => a - b);
    const ranks = new Map(sequences.map((sequence, index) => [sequence, index + 1]));
    const ranked = ofKey.map((read): [Read, number] => [read, ranks.get(read.turn?.sequence ?? 0) ?? 0]);
    return ranked.sort(([, a], [, b]) => a - b);
  });
}

async function* readAll(file: string, options: RecordingOptions): AsyncGenerator<Read> {
  const input = await checkRequests(file, options.pipeline.numbers);
  const { signal, onProgress } = options;
  const reading: { line: number; read: Promise<Read> }[] = [];
  const settle = async function* () {
    const first = reading.shift();
    if (first === undefined) return;
    yield await first.read;
    onProgress?.(first.line);
  };
  for await (const request of requestsOf(input)) {
    signal.throwIfAborted();
    const read = readAgain(file, request, options);
    read.catch(() => undefined); // It is awaited later, in its turn.
    reading.push({ line: request.line, read });
    if (reading.length >= READS_AT_ONCE) yield* settle();
  }
  while (reading.length > 0) yield* settle();
}

async function readAgain(
  file: string,
  { line, id, message }: FileRequest,
  { pipeline, signal }: RecordingOptions,
): Promise<Read> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const request = await parseRequest(pipeline, message.body);
      const readings = await withDeadline(
        systemClock,
        pipeline.limits.readTimeoutMs,
        'read',
        async (aborted) => {
          const context = {
            signal: AbortSignal.any([aborted, signal]),
            id,
            attempt,
            secrets: NO_SECRETS,
            submit: NO_SUBMIT,
          };
          return listOf(await pipeline.read(request, context));
        },
      );
      const { order } = pipeline;
      const turn =
        order.by === 'request'
          ? { key: order.requestKey(request), sequence: order.sequence(request) }
          : undefined;
      return { id, readings, turn };
    } catch (error) {
      if (error instanceof PermanentError || attempt === READ_TRIES_MAX || signal.aborted) {
        throw new OperatorError(`${file}, line ${line}: its read failed: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      await wait(500 * attempt);
    }
  }
}

function deliver({ body, group }: EncodedMessage, place: number, sentAt: number): IncomingMessage {
  return {
    messageId: `recorded ${place}`,
    receiptHandle: '',
    body,
    receiveCount: 1,
    sentAt,
    group,
    sequenceNumber: String(place),
    attributes: {},
  };
}

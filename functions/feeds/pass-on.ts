/**
 * Passes the records of a feed on to the requests queue. A record counts as passed on only when SQS confirms it, and only
 * then does the position of the feed move. A record that comes again has the same position, and receipts drop its readings.
 *
 * A record that cannot be a request would come again for ever and hold up all records behind it. So it goes to the
 * dead-letter queue with its position, and counts as passed on when SQS has it there.
 */
import { reasonOf } from '../errors.ts';
import { RETENTION_DAYS, SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../limits.ts';
import { bytesOf } from '../outgoing-request.ts';
import type { Clock, Observe, Outbox, OutgoingMessage } from '../ports.ts';
import { REFUSED_BY_SQS, REQUEST_ATTRIBUTES } from '../requests.ts';
import type { FeedRecord, Unfit } from './feed-record.ts';

export interface FeedPorts {
  readonly requests: Outbox;
  readonly deadLetters: Outbox;
  readonly clock: Pick<Clock, 'now'>;
  readonly observe: Observe;
}

/** Returns the identifiers of the records that must come again: if one fails, also all records after its batch. */
export async function passOn(records: readonly FeedRecord[], ports: FeedPorts): Promise<string[]> {
  const now = ports.clock.now();
  let done = 0;
  for (const lot of lotsOf(records, now)) {
    const failed = await sendLot(lot, ports, now);
    if (failed.length > 0) return [...failed, ...records.slice(done + lot.length).map(identifierOf)];
    done += lot.length;
  }
  return [];
}

function identifierOf({ identifier }: FeedRecord): string {
  return identifier;
}

interface Made {
  readonly record: FeedRecord;
  readonly message: OutgoingMessage | Unfit;
}

/** Batches as large as one SQS call allows. */
function* lotsOf(records: readonly FeedRecord[], now: number): Generator<Made[]> {
  let lot: Made[] = [];
  let bytes = 0;
  for (const record of records) {
    const message = requestOf(record, now);
    const own = 'problem' in message ? 0 : bytesOf(message);
    if (lot.length === SQS_BATCH_ENTRIES_MAX || bytes + own > SQS_BATCH_BYTES_MAX) {
      yield lot;
      lot = [];
      bytes = 0;
    }
    lot.push({ record, message });
    bytes += own;
  }
  if (lot.length > 0) yield lot;
}

function requestOf({ body, group, ...record }: FeedRecord, now: number): OutgoingMessage | Unfit {
  if (typeof body !== 'string') return body;
  if (body === '') return { problem: 'it is empty' };
  if (REFUSED_BY_SQS.test(body)) {
    return {
      problem: 'it has characters that SQS does not take',
      base64: Buffer.from(body).toString('base64'),
    };
  }
  const tenant = group !== undefined && /^[!-~]{1,128}$/.test(group) ? { group } : {};
  const message = { body, ...tenant, attributes: identityOf(record, now) };
  if (bytesOf(message) <= SQS_BATCH_BYTES_MAX) return message;
  return { problem: 'it is larger than SQS takes (1 MiB, with its id)', text: body };
}

const REACH_MS = RETENTION_DAYS * 86_400_000;

/**
 * The record's position is the request's id, also after a redrive, unless the pipeline finds an id in the request. An earlier
 * record may have had that same id, so `since` goes back as far as any pipeline allows (limits.resubmitWithinMs).
 */
function identityOf(
  { position, at = Number.POSITIVE_INFINITY }: Pick<FeedRecord, 'position' | 'at'>,
  now: number,
) {
  const { messageId, since } = REQUEST_ATTRIBUTES;
  return { [messageId]: position, [since]: String(Math.max(0, Math.floor(Math.min(at, now) - REACH_MS))) };
}

/** Returns the identifiers of those that failed. */
async function sendLot(lot: readonly Made[], ports: FeedPorts, now: number): Promise<string[]> {
  const sound = lot.flatMap(({ record, message }) => ('problem' in message ? [] : [{ record, message }]));
  const unfit = lot.flatMap(({ record, message }) =>
    'problem' in message ? [{ record, problem: message }] : [],
  );
  const failed: string[] = [];
  const fails = (record: FeedRecord, reason: string) => {
    failed.push(record.identifier);
    note(record, reason, 1, ports);
  };
  const answers = await send(
    ports.requests,
    sound.map(({ message }) => message),
  );
  for (const [index, { record, message }] of sound.entries()) {
    const failure = answers[index];
    if (failure === undefined) continue;
    if (failure.retriable) fails(record, `SQS refused it as a request: ${failure.reason}`);
    else
      unfit.push({ record, problem: { problem: `SQS refuses it: ${failure.reason}`, text: message.body } });
  }
  for (const { record, problem } of unfit) {
    const [failure] = await send(ports.deadLetters, [deadLetterOf(record, problem, now)]);
    if (failure === undefined) note(record, problem.problem, 0, ports);
    else fails(record, `SQS refused it as a dead letter: ${failure.reason}`);
  }
  return failed;
}

/** If there is no answer, every message counts as failed. */
async function send(outbox: Outbox, messages: readonly OutgoingMessage[]) {
  if (messages.length === 0) return [];
  try {
    return await outbox.sendBatch(messages);
  } catch (error) {
    return messages.map(() => ({ reason: reasonOf(error), retriable: true }));
  }
}

/**
 * Holds as much of the record as fits. A record of a queue exists nowhere else once it is passed on. Its text without
 * attributes always fits.
 */
function deadLetterOf(record: FeedRecord, { problem, text, base64 }: Unfit, now: number): OutgoingMessage {
  const { stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const { position } = record;
  const attributes = { ...identityOf(record, now), [stage]: 'feed', [reason]: problem, [attempts]: '1' };
  const bytes = text === undefined ? Buffer.byteLength(base64 ?? '', 'base64') : Buffer.byteLength(text);
  const choices: OutgoingMessage[] = [
    ...(text === undefined ? [] : [{ body: text, attributes }, { body: text }]),
    ...(base64 === undefined ? [] : [{ body: JSON.stringify({ position, base64 }), attributes }]),
  ];
  const whole = choices.find((choice) => bytesOf(choice) <= SQS_BATCH_BYTES_MAX);
  return whole ?? { body: JSON.stringify({ position, bytes }), attributes };
}

function note({ position }: FeedRecord, reason: string, messages: number, { observe }: FeedPorts): void {
  observe({ kind: 'failure', stage: 'feed', group: '', messages, request: position, reason });
}

/**
 * Submits a file of requests. A request counts as submitted when SQS reports it as accepted; it is then
 * written to the journal. When interrupted, it lets running calls end, writes their requests to the journal,
 * and stops.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Outbox } from '../functions/ports.ts';
import { type FileRequest, type RequestFile, requestsOf } from '../model/request-file.ts';
import type { Journal } from './journal.ts';

export interface Submission {
  readonly requests: number;
  /** Requests accepted by SQS in this call, and in earlier ones. */
  readonly submitted: number;
  readonly before: number;
  /** Requests that SQS refused permanently. */
  readonly refused: readonly { readonly line: number; readonly id: string; readonly reason: string }[];
  readonly interrupted: boolean;
}

export interface SubmitOptions {
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly onProgress?: (submitted: number) => void;
}

/** A standard queue does not keep the order of requests, so several calls may run at once. */
const CALLS_AT_ONCE = 4;
const TRIES_MAX = 8;
const FIRST_RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

export async function submitRequests(input: RequestFile, options: SubmitOptions): Promise<Submission> {
  const { journal, signal, onProgress } = options;
  const before = journal.taken.size;
  const refused: Submission['refused'][number][] = [];
  let submitted = 0;
  let failed = false;
  const batches = batchesOf(requestsOf(input), journal.taken);
  const sendAll = async () => {
    while (!signal.aborted && !failed) {
      const { value: batch, done } = await batches.next();
      if (done) return;
      refused.push(
        ...(await sendBatch(batch, options, (taken) => {
          submitted += taken;
          onProgress?.(before + submitted);
        })),
      );
    }
  };
  const guarded = () =>
    sendAll().catch((error: unknown) => {
      failed = true; // The others finish their call and write it to the journal.
      throw error;
    });
  const ends = await Promise.allSettled(Array.from({ length: CALLS_AT_ONCE }, guarded));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  const left = input.requests - before - submitted - refused.length;
  return { requests: input.requests, before, submitted, refused, interrupted: left > 0 };
}

async function sendBatch(
  batch: readonly FileRequest[],
  { outbox, journal, signal }: SubmitOptions,
  onTaken: (count: number) => void,
): Promise<Submission['refused'][number][]> {
  const refused: Submission['refused'][number][] = [];
  let rest = batch;
  for (let attempt = 1; rest.length > 0; attempt += 1) {
    const failures = await outbox.sendBatch(rest.map(({ message }) => message));
    const taken = rest.filter((_, index) => failures[index] === undefined);
    if (taken.length > 0) await journal.add(taken.map(({ line }) => line));
    onTaken(taken.length);
    const again: FileRequest[] = [];
    for (const [index, request] of rest.entries()) {
      const failure = failures[index];
      if (failure === undefined) continue;
      if (failure.retriable && attempt < TRIES_MAX && !signal.aborted) again.push(request);
      else if (!failure.retriable || !signal.aborted) refused.push({ ...request, reason: failure.reason });
    }
    rest = again;
    if (rest.length > 0)
      await wait(Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** attempt) * (0.5 + Math.random() / 2));
  }
  return refused.map(({ line, id, reason }) => ({ line, id, reason }));
}

/** The limits of SendMessageBatch: ten entries, 1 MiB. */
async function* batchesOf(
  requests: AsyncIterable<FileRequest>,
  taken: ReadonlySet<number>,
): AsyncGenerator<FileRequest[], undefined> {
  let batch: FileRequest[] = [];
  let bytes = 0;
  for await (const request of requests) {
    if (taken.has(request.line)) continue;
    const size = Buffer.byteLength(request.message.body) + 3 * request.id.length + ATTRIBUTE_BYTES;
    if (batch.length === SQS_BATCH_ENTRIES_MAX || (batch.length > 0 && bytes + size > SQS_BATCH_BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(request);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
  return undefined;
}

/** Bytes for the attribute's name and type. */
const ATTRIBUTE_BYTES = 16;

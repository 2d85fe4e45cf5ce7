/** The files of requests of a run, `--requests-file` and `--backfill`, one for each lane. */
import { resolve } from 'node:path';
import type { Numbers } from '../../functions/json-text.ts';
import type { OutgoingMessage } from '../../functions/ports.ts';
import type { Messages } from '../../local/submit.ts';
import { checkRequests, type RequestFile, requestsOf } from '../../model/request-file.ts';
import { UsageError } from '../terminal/options.ts';

/** Read from their file while they are sent. */
export interface LaneInput {
  readonly requests: Messages;
  readonly count: number;
}

export interface LanesInput {
  readonly live: LaneInput;
  readonly backfill: LaneInput;
}

export async function requestsOfLanes(
  files: { readonly live: string | undefined; readonly backfill: string | undefined },
  numbers: Numbers | undefined,
): Promise<LanesInput> {
  const check = async (file: string | undefined) => file && (await checkRequests(file, numbers));
  const [live, backfill] = [await check(files.live), await check(files.backfill)];
  if (live && backfill && live.content === backfill.content)
    throw new UsageError(
      `--backfill ${backfill.file} has the same requests as --requests-file ${live.file}: an id is one request in both lanes, so give each request once`,
    );
  return { live: inputOf(live || undefined), backfill: inputOf(backfill || undefined) };
}

export function noBackfillHere(pipeline: string): UsageError {
  return new UsageError(
    `--backfill: pipeline ${pipeline} has no backfill lane: add backfill: {} to its file, or submit the requests with --requests-file`,
  );
}

function inputOf(file: RequestFile | undefined): LaneInput {
  if (file === undefined) return { requests: [], count: 0 };
  return { requests: messagesOf({ ...file, file: resolve(file.file) }), count: file.requests };
}

/** Reads the file from the user's folder; the run works in another one. */
async function* messagesOf(file: RequestFile): AsyncGenerator<OutgoingMessage> {
  for await (const { message } of requestsOf(file)) yield message;
}

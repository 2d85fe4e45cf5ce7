/**
 * The journal of a submission, a file next to the input: the lines that SQS has accepted. An interrupted
 * submission continues after them; a finished one is not repeated.
 *
 * A line is written after SQS has accepted its request. A crash between the two sends those few requests
 * again under the same ids, so each has its effect once.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { OperatorError } from '../model/operator-error.ts';
import type { RequestFile } from '../model/request-file.ts';

const Head = v.object({
  journal: v.literal(1),
  /** Deployment.id. */
  deployment: v.string(),
  content: v.string(),
  requests: v.number(),
});
const Entry = v.object({ taken: v.array(v.number()) });

export interface Journal {
  readonly file: string;
  /** Lines that SQS accepted earlier. */
  readonly taken: ReadonlySet<number>;
  add(lines: readonly number[]): Promise<void>;
}

export interface JournalOptions {
  readonly file: string;
  readonly deployment: { readonly id: string; readonly local: boolean };
  /** Ignores what was sent: sends every request again, under its old id. */
  readonly again: boolean;
}

export async function openJournal(input: RequestFile, options: JournalOptions): Promise<Journal> {
  const { file, deployment, again } = options;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new OperatorError(
      `the journal ${file} cannot be read (${error.message}): name another with --journal FILE`,
    );
  });
  const add = async (lines: readonly number[]) => appendFile(file, `${JSON.stringify({ taken: lines })}\n`);
  const known = text === '' ? undefined : parseJournal(text, file);
  // Requests sent to an earlier local run ended with that run.
  const gone = known !== undefined && deployment.local && known.head.deployment !== deployment.id;
  if (known === undefined || again || gone) {
    const head = { journal: 1, deployment: deployment.id, content: input.content, requests: input.requests };
    await writeFile(file, `${JSON.stringify(head)}\n`).catch((error: Error) => {
      throw new OperatorError(
        `the journal ${file} cannot be written (${error.message}): name another with --journal FILE`,
      );
    });
    return { file, taken: new Set(), add };
  }
  assertSame(known.head, input, deployment.id, known.taken.size, file);
  // The next entry must not join a line that was cut off.
  if (!text.endsWith('\n')) await appendFile(file, '\n');
  return { file, taken: known.taken, add };
}

function assertSame(
  head: v.InferOutput<typeof Head>,
  input: RequestFile,
  deployment: string,
  taken: number,
  file: string,
): void {
  if (head.deployment !== deployment) {
    throw new OperatorError(
      `the journal ${file} is of another deployment (${head.deployment}): name another with --journal FILE`,
    );
  }
  if (head.content === input.content) return;
  throw new OperatorError(
    `${input.file} has changed since ${taken} of its ${head.requests} requests were submitted: put it back as it was, ` +
      `or submit what is new as a file of its own. To submit all of it as new requests, delete ${file}`,
  );
}

function parseJournal(text: string, file: string) {
  const [first = '', ...rest] = text.split('\n');
  const head = v.safeParse(v.pipe(v.string(), v.parseJson(), Head), first);
  if (!head.success) {
    throw new OperatorError(
      `${file} is in the place of the journal, but is not a journal: name another with --journal FILE`,
    );
  }
  const taken = new Set<number>();
  for (const line of rest) {
    // A crash may have cut off the last line; its requests are sent again.
    const entry = v.safeParse(v.pipe(v.string(), v.parseJson(), Entry), line);
    if (entry.success) for (const number of entry.output.taken) taken.add(number);
  }
  return { head: head.output, taken };
}

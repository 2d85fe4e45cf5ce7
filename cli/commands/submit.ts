/**
 * `weir submit`: sends requests from a file to a deployment, each once, even if it is interrupted and
 * repeated.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createOutbox } from '../../functions/aws/sqs.ts';
import type { Numbers } from '../../functions/json-text.ts';
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { checkRequests, type RequestFile } from '../../model/request-file.ts';
import { type Deployment, noBackfill } from '../../operate/deployment.ts';
import { LOCAL_FILE } from '../../operate/find-local.ts';
import { openJournal } from '../../operate/journal.ts';
import { type Submission, submitRequests } from '../../operate/submit.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { NUMBERS_OPTION, numbersOption, parseCommand, words } from '../terminal/options.ts';
import { printJson, printTable, quote } from '../terminal/print.ts';
import { createRequestsProgress } from '../terminal/requests-progress.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir submit FILE|- [options]

Sends requests from a file, one a line (NDJSON). A line is the request, or an envelope around it:
  {"url": "https://example.com/a.log"}
  {"id": "a-17", "tenant": "acme", "body": {"url": "https://example.com/a.log"}}
An envelope has "body" and may have "id" and "tenant", nothing else. If a request of yours looks like an envelope, put it
into one. A line without an id gets one made from the whole file and the line's number. Requests of one tenant do not
delay those of another.

Weir checks the whole file before it sends anything. A journal beside the file records the requests that SQS has taken.
After an interruption, type the same command again: it sends the rest. When everything is sent, it sends nothing. With "-"
it reads the requests from a pipe, to its end, and keeps them in .weir.

${TARGET_HELP}
  --backfill         to the backfill lane: these requests take only a share of each source, so that others are not
                     delayed. For a pipeline with backfill
  --journal FILE     another place for the journal (default: FILE.STACK.submitted)
  --numbers rounded  for a pipeline with numbers: 'rounded': round numbers that a double cannot hold
  --again            send everything again under the same ids; what was applied is not applied twice

Exit status 0: every request is submitted. 1: some are not. 130: interrupted, repeat the command to go on.
Needs: cloudformation:DescribeStacks, sqs:SendMessage.
Examples: weir submit requests.ndjson
          weir submit last-year.ndjson --backfill
          generate | weir submit - --stack clicks-production`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  journal: { type: 'string' },
  numbers: NUMBERS_OPTION,
  again: { type: 'boolean', default: false },
  backfill: { type: 'boolean', default: false },
} as const;

export async function submit(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [given = ''] = words(positionals, 'FILE (or - for a pipe)');
  const numbers = numbersOption(values.numbers);
  const signal = listenForInterruption();
  return withDeployment(values, async (deployment) => {
    const queueUrl = queueOf(deployment, values.backfill);
    const file = given === '-' ? await keepPiped(signal) : given;
    const input = await checkBeforeSending(file, numbers);
    const journal =
      values.journal ??
      `${file}.${deployment.local ? 'local' : deployment.name.replaceAll('/', '-')}.submitted`;
    const result = await send(input, deployment, { journal, queueUrl, again: values.again, signal });
    if (values.json) printJson({ deployment: deployment.name, journal, ...result });
    else report(result, deployment, given);
    return result.refused.length > 0 || result.interrupted ? 1 : 0;
  });
}

async function checkBeforeSending(file: string, numbers: Numbers): Promise<RequestFile> {
  try {
    return await checkRequests(file, numbers);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(`${error.message}. Nothing was sent`, { cause: error });
  }
}

interface Sending {
  readonly journal: string;
  readonly queueUrl: string;
  readonly again: boolean;
  readonly signal: AbortSignal;
}

function queueOf({ requestsQueue, backfillQueue, name }: Deployment, backfill: boolean): string {
  if (!backfill) return requestsQueue;
  if (backfillQueue === undefined) throw noBackfill(name);
  return backfillQueue;
}

async function send(
  input: RequestFile,
  deployment: Deployment,
  { journal: file, queueUrl, again, signal }: Sending,
): Promise<Submission> {
  const journal = await openJournal(input, { file, deployment, again });
  using progress = createRequestsProgress(input.requests, 'requests');
  return await submitRequests(input, {
    outbox: createOutbox(deployment.sqs, queueUrl),
    journal,
    signal,
    onProgress: progress.update,
  });
}

function report(result: Submission, { name }: Deployment, file: string): void {
  const { requests, submitted, before, refused, interrupted } = result;
  if (requests === 0) console.log(`${quote(file)} holds no request.`);
  else if (before === requests) {
    console.log(
      `Nothing was sent: all requests of this file (${formatCount(requests)}) were submitted before. --again sends them again.`,
    );
  } else {
    const earlier = before === 0 ? '' : `, ${formatCount(before)} were submitted before`;
    console.log(
      `Submitted ${formatCountOf(submitted, 'request')} of ${formatCount(requests)} to ${name}${earlier}.`,
    );
  }
  if (refused.length > 0) {
    console.log(
      `SQS refused ${formatCountOf(refused.length, 'request')}; the same command tries them again:`,
    );
    const rows = refused.slice(0, 20).map(({ line, id, reason }) => [String(line), id, reason]);
    printTable([{ title: 'line', align: 'right' }, { title: 'id', width: 40 }, { title: 'reason' }], rows);
  }
  if (interrupted) console.log('Interrupted. The same command goes on from there.');
}

/** Piped input is kept under its hash: the same input again is the same file and has the same journal. */
async function keepPiped(signal: AbortSignal): Promise<string> {
  const folder = dirname(LOCAL_FILE);
  await mkdir(folder, { recursive: true });
  const hash = createHash('sha256');
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const temporary = join(folder, `piped-${randomUUID()}`);
  try {
    await pipeline(process.stdin, tap, createWriteStream(temporary), { signal });
    const file = join(folder, `piped-${hash.digest('hex').slice(0, 16)}.ndjson`);
    await rename(temporary, file);
    return file;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

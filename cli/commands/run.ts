/** `weir run`: a pipeline on this machine, the sample on its log, or one's own on one's own requests. */

import type { ParseArgsConfig } from 'node:util';
import { systemClock } from '../../functions/aws/clock.ts';
import { defined } from '../../functions/defined.ts';
import { describeStack } from '../../local/announce.ts';
import { WAITING_MAX } from '../../local/as-there-is-room.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { createChaos } from '../../local/chaos.ts';
import { type Cleanup, createCleanup } from '../../local/cleanup.ts';
import { assertPortFree } from '../../local/page/port.ts';
import { createProgress } from '../../local/report/progress.ts';
import { summarize } from '../../local/report/run-record.ts';
import { describeSetAside } from '../../local/report/tables.ts';
import { chaosTable } from '../../local/report/trouble-tables.ts';
import { formatDuration } from '../../local/report/units.ts';
import type { Run } from '../../local/run.ts';
import type { Standstill } from '../../local/standstill.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { endpointFor } from '../../operate/endpoints.ts';
import { announceLocal, assertNoneUp, LOCAL_FILE } from '../../operate/find-local.ts';
import { feedRecords } from '../run/feed-records.ts';
import { follow } from '../run/follow.ts';
import { collectLines } from '../run/functions-output.ts';
import { startLastWords } from '../run/last-words.ts';
import { runEnv } from '../run/run-env.ts';
import { openInput } from '../run/run-input.ts';
import { describeStandstill, nothingCounted, statusOfRun } from '../run/run-outcome.ts';
import { reportRun } from '../run/run-report.ts';
import { runSecrets } from '../run/run-secrets.ts';
import { PAGE_PORT, servePage } from '../run/serve-page.ts';
import { interruptionIsTheEnd, listenForInterruption } from '../terminal/interruption.ts';
import {
  countOption,
  INTERRUPTED,
  NUMBERS_OPTION,
  numbersOption,
  parseOptions,
  UsageError,
} from '../terminal/options.ts';
import { assertWritable } from '../terminal/output-file.ts';
import { userPath } from '../terminal/paths.ts';
import { FOUND } from '../terminal/print.ts';

const HELP = `weir run [options]

Deploys a pipeline on this machine, submits requests to it, and shows what happened.

Which pipeline
  --pipeline NAME|FILE   a pipeline of infra/config.ts, or a file (default: the only one in pipelines/; in a clone the sample)
  --requests-file FILE   its requests, one a line (weir help submit shows the format)
  --feed [FEED=]FILE     records of a feed, one a line, as the pipeline gets them; the feed's own function passes them on
  --stack STACK          a stack of your CDK app; with several pipelines in it, name one with --pipeline
  --app COMMAND          the command that starts the app (default: "app" of cdk.json)
  --shadow FILE          another compute, tried beside the pipeline's on all keys; weir shadow shows what it makes otherwise
  --numbers rounded      with --app: round numbers that a double cannot hold (a pipeline file says this itself)
The sample
  --input FILE|DIR       your access logs, in common or combined format (default: the sample log)
  --requests N           cut the log into N requests (default 100; more if one had over 100,000 lines)
  --seed N               seed for the delays of the slow server that serves the log (default 1)
What the functions get
  --env NAME=VALUE       a variable for read, compute and write; repeatable. The functions see no other variable of your
                         shell. As on Lambda they run in UTC and en_US.UTF-8, in a folder without your files
  --env-file FILE        more variables, one NAME=VALUE a line
  --secret NAME=VALUE    the value of a secret; repeatable, never printed
  --secrets-file FILE    more secrets, one NAME=VALUE a line
  --readers N            reader functions at once, 2 to 1000
How it runs
  --stay                 stay up until Ctrl-C, so that weir submit, status, dead and others can use this run
  --open                 open a live page in the browser; it has buttons to resume and redrive. Implies --stay
  --page PORT            serve that page on 127.0.0.1 at PORT (default ${PAGE_PORT}, 0: any) without opening a browser
  --chaos N              inject faults at random, with seed N: kill functions, refuse calls, cut answers, fail parts of
                         batches, deliver messages twice. The result must not change
  --patient              keep trying, as AWS does, when all that is left fails again and again (default: the run ends)
What it writes
    -v, --verbose          print every table: all keys, all failures, the AWS calls and the bill
  --json FILE            write the summary as JSON
  --timeline FILE        write the timeline page here (default .weir/timeline.html)
  --svg FILE             write the timeline alone as an SVG picture
  --prices FILE          price list for the bill (default local/bill/prices.json)

Exit status 0: every request and every reading is accounted for. 1: some are not. 3: an error set some aside, or the run
made no more progress. 4: nothing was counted. With --stay, or after Ctrl-C while it is up: 0.
Examples: weir run --pipeline pipelines/mine.ts --requests-file requests.ndjson --stay
          weir run --open
          weir run --input /var/log/apache2/access.log --requests 200
          weir run --readers 2 --seed 7 --json summary.json
          weir run --stack Site --pipeline Meters --requests-file requests.ndjson --secrets-file local.secrets`;

export const OPTIONS = {
  pipeline: { type: 'string' },
  'requests-file': { type: 'string' },
  feed: { type: 'string' },
  numbers: NUMBERS_OPTION,
  app: { type: 'string' },
  stack: { type: 'string' },
  shadow: { type: 'string' },
  secret: { type: 'string', multiple: true, default: [] },
  'secrets-file': { type: 'string' },
  stay: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  page: { type: 'string' },
  input: { type: 'string' },
  requests: { type: 'string' },
  seed: { type: 'string' },
  readers: { type: 'string' },
  chaos: { type: 'string' },
  env: { type: 'string', multiple: true, default: [] },
  'env-file': { type: 'string' },
  patient: { type: 'boolean', default: false },
  json: { type: 'string' },
  prices: { type: 'string' },
  timeline: { type: 'string', default: '.weir/timeline.html' },
  svg: { type: 'string' },
  verbose: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsConfig['options'];

export async function run(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const parts = countOption('requests', values.requests, 1, 100_000) ?? 100;
  const seed = countOption('seed', values.seed, 0, 1_000_000_000) ?? 1;
  const records = await feedRecords(values.feed);
  const chaosSeed = countOption('chaos', values.chaos, 0, 1_000_000_000);
  const chaos = chaosSeed === undefined ? undefined : createChaos(chaosSeed);
  const readers = countOption('readers', values.readers, 2, 1000);
  const numbers = numbersOption(values.numbers);
  const env = runEnv(values.env, values['env-file']);
  const secrets = runSecrets(values.secret, values['secrets-file']);
  const prices = readPrices(values.prices);
  const page = countOption('page', values.page, 0, 65_535) ?? (values.open ? PAGE_PORT : undefined);
  const { app, stack, pipeline, 'requests-file': requestsFile, input } = values;
  const stay = values.stay || page !== undefined;
  const signal = listenForInterruption();
  if (stay) await assertNoneUp();
  if (page !== undefined) {
    if (endpointFor('SQS', process.env) !== undefined)
      throw new UsageError(
        '--open and --page show queues of this process: unset AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL',
      );
    await assertPortFree(page);
  }
  // Last, because it makes the folders.
  await assertWritable({ json: values.json, timeline: values.timeline, svg: values.svg });

  await using cleanup = createCleanup();
  const given = cleanup.use(
    await openInput({
      app,
      stack,
      pipeline,
      requestsFile,
      numbers,
      stay: stay || records !== undefined,
      input,
      parts,
      seed,
      shadow: values.shadow,
    }),
  );
  const began = performance.now();
  const printed = collectLines(userPath('.weir/functions.log'), (text) => console.error(text));
  const lastWords = startLastWords();
  cleanup.defer(lastWords.end);
  const running = await given.start({
    // Compute starts while the first requests are read, as compute.provisionedConcurrency has it ready on AWS.
    ahead: { Compute: 1 },
    onWork: lastWords.work,
    secrets,
    env: { ...given.env, ...env },
    onLog: ({ functionName, line }) => printed.add(`${functionName}: ${line}`),
    ...defined({ chaos }),
    ...(readers === undefined ? {} : { settings: { reader: { maxConcurrency: readers } } }),
  });
  cleanup.defer(() => running.stop());
  await announce(running, stay, cleanup);
  // A function's relative paths end in an empty folder, as on Lambda, where none of the user's files are.
  process.chdir(running.workFolder);
  console.log(
    `Deployed ${running.stack.plan.name} on this machine in ${formatDuration(performance.now() - began)}.`,
  );
  if (page !== undefined) cleanup.use(await servePage(running, { port: page, open: values.open, prices }));
  const ended = new AbortController();
  const submitted = running
    .submit(given.requests, AbortSignal.any([signal, ended.signal]))
    .then(() => records && running.feed(records.feed, records.lines));
  const progress = createProgress(process.stdout, systemClock);
  const onStandstill = (standstill: Standstill): 'end' | 'go on' => {
    // With chaos invocations are killed on purpose: only what never began says something.
    const patient = values.patient || chaos !== undefined;
    if (patient && standstill.why !== 'cannot start' && standstill.why !== 'over budget') return 'go on';
    if (!stay) return 'end'; // It is told at the end.
    for (const line of describeStandstill(standstill, stay).split('\n')) progress.note(line);
    return 'go on';
  };
  // More would wait here for room in the queues.
  if (given.count <= WAITING_MAX) await submitted;
  const outcome =
    given.count === 0 && running.submitted() === 0
      ? 'at rest'
      : await follow(running, submitted, progress, signal, onStandstill);
  ended.abort();
  const standstill = typeof outcome === 'string' ? undefined : outcome;
  const record = await running.record();
  const summary = summarize(record);
  const bill = stackBill(running.stack, summary.readings, prices);
  const reasons = standstill === undefined ? {} : { standstill: standstill.reasons };
  await reportRun(record, { ...summary, bill, ...reasons }, values);
  if (chaos !== undefined) console.log(`\nChaos\n${chaosTable(chaos.counts()).join('\n')}`);
  else await printed.show();
  for (const line of describeSetAside(summary, stay)) console.log(`\n${line}`);
  if (outcome === 'interrupted') return INTERRUPTED;
  const nothing = stay || standstill !== undefined ? undefined : nothingCounted(summary, record);
  if (nothing !== undefined) console.log(`\n${nothing}`);
  if (stay) {
    await untilInterrupted(signal);
    return 0; // What it is like by now, its operator has seen.
  }
  if (standstill === undefined) return statusOfRun(summary);
  console.log(`\n${describeStandstill(standstill, stay)}`);
  return FOUND;
}

/** Where the commands find this run. With another one up they keep to that one, unless this one is to stay. */
async function announce(running: Run, stay: boolean, cleanup: Cleanup): Promise<void> {
  try {
    cleanup.use(await announceLocal(describeStack(running.stack)));
  } catch (error) {
    if (stay || !(error instanceof OperatorError)) throw error;
  }
}

async function untilInterrupted(signal: AbortSignal): Promise<void> {
  console.log(`\nThe run stays up (${LOCAL_FILE}): try "weir status" in another terminal. Ctrl-C ends it.`);
  // Nothing else may keep the process alive that long.
  const awake = setInterval(() => {}, 1 << 30);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(awake);
  interruptionIsTheEnd();
}

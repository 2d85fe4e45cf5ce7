/** `weir run`: a pipeline on this machine, the sample on its log, or one's own on one's own requests. */
import { relative, resolve } from 'node:path';
import { systemClock } from '../functions/aws/clock.ts';
import { describeStack } from '../local/announce.ts';
import type { Bill } from '../local/bill/bill.ts';
import { readPrices } from '../local/bill/prices.ts';
import { stackBill } from '../local/bill/stack-bill.ts';
import { createChaos } from '../local/chaos.ts';
import { assertPortFree } from '../local/page/port.ts';
import { renderBill } from '../local/report/bill-table.ts';
import { createProgress } from '../local/report/progress.ts';
import { type RunRecord, type Summary, summarize } from '../local/report/run-record.ts';
import { describeSetAside, hasSetAside, renderTables } from '../local/report/tables.ts';
import { terminalOf } from '../local/report/terminal.ts';
import { buildTimeline } from '../local/report/timeline.ts';
import { renderTimelinePage } from '../local/report/timeline-html.ts';
import { renderTimelineSvg } from '../local/report/timeline-svg.ts';
import { renderTextTimeline } from '../local/report/timeline-text.ts';
import { chaosTable } from '../local/report/trouble-tables.ts';
import { formatDuration } from '../local/report/units.ts';
import { type Run, startRun } from '../local/run.ts';
import { OperatorError } from '../operate/deployment.ts';
import { announceLocal, assertNoneUp, LOCAL_FILE } from '../operate/find-local.ts';
import { follow } from './follow.ts';
import { collectLines } from './functions-output.ts';
import { interruptionIsTheEnd, listenForInterruption } from './interruption.ts';
import { countOption, INTERRUPTED, parseOptions } from './options.ts';
import { assertWritable, saveFile } from './output-file.ts';
import { FOUND } from './print.ts';
import { openInput } from './run-input.ts';
import { PAGE_PORT, servePage } from './serve-page.ts';

const HELP = `weir run [options]

Synthesizes the pipeline, deploys it on this machine, submits requests and shows what happened.

  --pipeline NAME|FILE   a pipeline of infra/config.ts, or its file (default: the sample, clicks)
  --requests-file FILE   the requests for it, one a line (weir submit --help says how)
  --stay             stay up at the end, until Ctrl-C: submit, status, dead and the others then talk to this run
  --open             follow the run on a page in the browser, with buttons for what has gone wrong; stays up
  --page PORT        the page's port on 127.0.0.1 (default ${PAGE_PORT}, 0: any); without --open no browser is opened
  --input FILE|DIR   the sample on access logs in Apache combined format (default: the sample log)
  --requests N       parts that the input is cut into, a request each (default 100)
  --seed N           for the delays of the slow server that serves them (default 1)
  --readers N        reader functions at once, 2 to 1000
  --chaos N          make things go wrong, as the seed N draws it: functions are killed, calls refused, answers
                     cut, batches fail in part, messages come twice; the counts must be the same all the same
  --json FILE        write the summary as JSON
  --prices FILE      price list for the bill (default local/bill/prices.json)
  --timeline FILE    where the timeline page goes (default .weir/timeline.html)
  --svg FILE         write the timeline alone as an SVG picture

Exit status 0: every request and every reading is accounted for. 1: some are not. 3: all are, but some were set aside
by an error (what the pipeline skips by its own rule is none). With --stay, or ended by Ctrl-C while up: 0.
Examples: weir run --input /var/log/apache2/access.log --requests 200
          weir run --readers 2 --seed 7 --json summary.json
          weir run --open
          weir run --pipeline pipelines/mine.ts --requests-file requests.ndjson --stay`;

export async function run(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    pipeline: { type: 'string' },
    'requests-file': { type: 'string' },
    stay: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
    page: { type: 'string' },
    input: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string' },
    readers: { type: 'string' },
    chaos: { type: 'string' },
    json: { type: 'string' },
    prices: { type: 'string' },
    timeline: { type: 'string', default: '.weir/timeline.html' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const parts = countOption('requests', values.requests, 1, 100_000) ?? 100;
  const seed = countOption('seed', values.seed, 0, 1_000_000_000) ?? 1;
  const chaosSeed = countOption('chaos', values.chaos, 0, 1_000_000_000);
  const chaos = chaosSeed === undefined ? undefined : createChaos(chaosSeed);
  const readers = countOption('readers', values.readers, 2, 1000);
  const prices = readPrices(values.prices);
  const page = countOption('page', values.page, 0, 65_535) ?? (values.open ? PAGE_PORT : undefined);
  const { pipeline, 'requests-file': requestsFile, input } = values;
  const stay = values.stay || page !== undefined;
  const signal = listenForInterruption();
  if (stay) await assertNoneUp();
  if (page !== undefined) await assertPortFree(page);
  // Last, because it makes the folders.
  await assertWritable({ json: values.json, timeline: values.timeline, svg: values.svg });

  await using cleanup = new AsyncDisposableStack();
  const given = cleanup.use(await openInput({ pipeline, requestsFile, stay, input, parts, seed }));
  const began = performance.now();
  const printed = collectLines(resolve('.weir/functions.log'), (text) => console.error(text));
  const running = await startRun({
    pipeline: given.pipeline,
    env: given.env,
    onLog: ({ functionName, line }) => printed.add(`${functionName}: ${line}`),
    ...(chaos === undefined ? {} : { chaos }),
    ...(readers === undefined ? {} : { settings: { reader: { maxConcurrency: readers } } }),
  });
  cleanup.defer(() => running.stop());
  await announce(running, stay, cleanup);
  console.log(
    `Deployed ${running.stack.plan.name} on this machine in ${formatDuration(performance.now() - began)}.`,
  );
  if (page !== undefined) cleanup.use(await servePage(running, { port: page, open: values.open, prices }));
  await running.submit(given.requests);
  const atRest =
    given.requests.length === 0 ||
    (await follow(running, createProgress(process.stdout, systemClock), signal));
  const record = await running.record();
  const summary = summarize(record);
  const bill = stackBill(running.stack, summary.readings, prices);
  if (given.requests.length > 0) await report(record, { ...summary, bill }, values);
  if (chaos !== undefined) console.log(`\nChaos\n${chaosTable(chaos.counts()).join('\n')}`);
  else await printed.show();
  for (const line of describeSetAside(summary, stay)) console.log(`\n${line}`);
  if (!atRest) return INTERRUPTED;
  if (stay) {
    await untilInterrupted(signal);
    return 0; // What it is like by now, its operator has seen.
  }
  if (!summary.complete) return 1;
  return hasSetAside(summary) ? FOUND : 0;
}

/** Where the commands find this run. With another one up they keep to that one, unless this one is to stay. */
async function announce(running: Run, stay: boolean, cleanup: AsyncDisposableStack): Promise<void> {
  try {
    cleanup.use(await announceLocal(describeStack(running.stack)));
  } catch (error) {
    if (stay || !(error instanceof OperatorError)) throw error;
  }
}

async function untilInterrupted(signal: AbortSignal): Promise<void> {
  console.log(
    `\nStaying up (${LOCAL_FILE}): talk to it from another terminal, "weir status". Ctrl-C ends it.`,
  );
  // Nothing else may keep the process alive that long.
  const awake = setInterval(() => {}, 1 << 30);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(awake);
  interruptionIsTheEnd();
}

interface Files {
  readonly timeline: string;
  readonly svg?: string | undefined;
  readonly json?: string | undefined;
}

async function report(
  record: RunRecord,
  summary: Summary & { readonly bill: Bill },
  files: Files,
): Promise<void> {
  const terminal = terminalOf(process.stdout);
  const timeline = buildTimeline(record);
  console.log(
    `\n${renderTextTimeline(timeline, terminal)}\n\n${renderTables(summary, record.items, terminal)}\n${renderBill(summary.bill, terminal)}`,
  );
  await save('The timeline as a page', files.timeline, renderTimelinePage(timeline, summary, record.items));
  if (files.svg !== undefined) {
    await save(
      'The timeline as a picture',
      files.svg,
      renderTimelineSvg(timeline, summary, { standalone: true }),
    );
  }
  if (files.json !== undefined) {
    await save('The summary as JSON', files.json, `${JSON.stringify(summary, null, 2)}\n`);
  }
}

async function save(what: string, file: string, text: string): Promise<void> {
  await saveFile(file, text);
  console.log(`${what}: ${relative(process.cwd(), resolve(file))}`);
}

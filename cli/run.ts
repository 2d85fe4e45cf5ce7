/** `weir run`: the sample pipeline on this machine, on the log that comes with it or on the user's own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { pipelines } from '../infra/config.ts';
import { type Chaos, createChaos } from '../local/chaos.ts';
import { systemClock } from '../local/clock.ts';
import { createProgress } from '../local/report/progress.ts';
import { type RunRecord, type Summary, summarize } from '../local/report/run-record.ts';
import { renderTables } from '../local/report/tables.ts';
import { terminalOf } from '../local/report/terminal.ts';
import { buildTimeline } from '../local/report/timeline.ts';
import { renderTimelinePage } from '../local/report/timeline-html.ts';
import { renderTimelineSvg } from '../local/report/timeline-svg.ts';
import { renderTextTimeline } from '../local/report/timeline-text.ts';
import { formatDuration } from '../local/report/units.ts';
import { startRun } from '../local/run.ts';
import { SAMPLE_LOG } from '../pipelines/sample-log.ts';
import { follow } from './follow.ts';
import { countOption, INTERRUPTED, parseOptions } from './options.ts';
import { startOrigins } from './origins.ts';

const HELP = `weir run [options]

Synthesizes the pipeline, deploys it on this machine, submits requests and shows what happened.

  --input FILE|DIR   access logs in Apache combined format (default: the sample log)
  --requests N       parts that the input is cut into, a request each (default 100)
  --seed N           for the delays of the slow server that serves them (default 1)
  --readers N        reader functions at once, 2 to 1000
  --chaos N          make things go wrong, as the seed N draws it: functions are killed, calls refused, answers
                     cut, batches fail in part, messages come twice; the counts must be the same all the same
  --json FILE        write the summary as JSON
  --timeline FILE    where the timeline page goes (default .weir/timeline.html)
  --svg FILE         write the timeline alone as an SVG picture

Exit status 0: every request is accounted for and everything is at rest.
Examples: weir run --input /var/log/apache2/access.log --requests 200
          weir run --readers 2 --seed 7 --json summary.json`;

export async function run(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    input: { type: 'string', default: SAMPLE_LOG },
    requests: { type: 'string' },
    seed: { type: 'string' },
    readers: { type: 'string' },
    chaos: { type: 'string' },
    json: { type: 'string' },
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
  const { clicks } = pipelines;
  if (clicks === undefined) throw new Error('infra/config.ts has no pipeline clicks');

  await using cleanup = new AsyncDisposableStack();
  const origins = cleanup.use(await startOrigins(values.input, parts, seed));
  const began = performance.now();
  const errors: string[] = [];
  const running = await startRun({
    pipeline: clicks,
    env: { WEIR_ALLOW_HOSTS: origins.allowHosts },
    onLog: ({ functionName, line }) => errors.push(`${functionName}: ${line}`),
    ...(chaos === undefined ? {} : { chaos }),
    ...(readers === undefined ? {} : { settings: { reader: { maxConcurrency: readers } } }),
  });
  cleanup.defer(() => running.stop());
  console.log(
    `Deployed ${running.stack.plan.name} on this machine in ${formatDuration(performance.now() - began)}.`,
  );
  await running.submit(origins.requests.map((request) => ({ body: JSON.stringify(request) })));
  const atRest = await follow(running, createProgress(process.stdout, systemClock));
  const record = await running.record();
  const summary = summarize(record);
  await report(record, summary, values);
  if (chaos !== undefined) console.log(`\nChaos\n${countsOf(chaos)}`);
  else if (errors.length > 0) console.error(`\n${errors.slice(0, 20).join('\n')}`);
  if (!atRest) return INTERRUPTED;
  return summary.complete ? 0 : 1;
}

function countsOf(chaos: Chaos): string {
  return Object.entries(chaos.counts())
    .map(([kind, count]) => `  ${kind.padEnd(12)}${count}`)
    .join('\n');
}

interface Files {
  readonly timeline: string;
  readonly svg?: string | undefined;
  readonly json?: string | undefined;
}

async function report(record: RunRecord, summary: Summary, files: Files): Promise<void> {
  const terminal = terminalOf(process.stdout);
  const timeline = buildTimeline(record);
  console.log(
    `\n${renderTextTimeline(timeline, terminal)}\n\n${renderTables(summary, record.items, terminal)}`,
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
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, text);
  console.log(`${what}: ${relative(process.cwd(), resolve(file))}`);
}

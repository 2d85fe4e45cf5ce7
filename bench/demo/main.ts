/**
 * `npm run demo`: six asyncio programs, measured earlier, next to the same work as a pipeline, which runs now
 * on this machine.
 */
import { relative, resolve } from 'node:path';
import * as v from 'valibot';
import { listenForInterruption } from '../../cli/terminal/interruption.ts';
import { INTERRUPTED, numberOption, parseOptions } from '../../cli/terminal/options.ts';
import { assertWritable, saveFile } from '../../cli/terminal/output-file.ts';
import { parseJson } from '../../functions/json.ts';
import { terminalOf } from '../../local/report/terminal.ts';
import { bodiesOf, type Run, startRun } from '../../local/run.ts';
import { ARTICLE, type ArticleProgram, CALLS } from './asyncio-programs.ts';
import { callsOf, type DemoProgram } from './comparison.ts';
import { renderDemoPage } from './demo-page.ts';
import { renderDemoTable, renderDemoTimelines } from './demo-text.ts';

const HELP = `npm run demo -- [options]

Shows six small asyncio programs beside the same work as a pipeline, as a table and as timelines. The pipeline runs
now on this machine; the figures of asyncio were measured earlier with Python 3.11.

  --scale N       1 for the programs' own times, 0.1 (default) for a tenth of them; shown are the times of 1
  --json FILE     write the figures as JSON
  --page FILE     where the page goes (default .weir/demo.html)

Example: npm run demo -- --scale 1
npm run demo -- sources shows what limits do to a source that pushes back.
npm run demo -- life plays the life of one account, command by command.`;

export async function demo(args: string[]): Promise<number> {
  if (args[0] === 'life') return (await import('./life/main.ts')).demoLife(args.slice(1));
  if (args[0] === 'sources') return (await import('./sources/main.ts')).demoSources(args.slice(1));
  const values = parseOptions(args, {
    scale: { type: 'string' },
    json: { type: 'string' },
    page: { type: 'string', default: '.weir/demo.html' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const scale = numberOption('scale', values.scale, 0, 1) ?? 0.1;
  await assertWritable({ json: values.json, page: values.page });
  await using cleanup = new AsyncDisposableStack();
  const signal = listenForInterruption();
  const running = await startRun({
    pipeline: { file: 'bench/demo/pipeline.ts', resultsQueue: true },
    // The demo compares schedules, without the start of the environments (for that, see npm run bench).
    prewarm: { Reader: 1, Compute: 1, Writer: 1 },
    onLog: ({ line }) => console.error(line),
  });
  cleanup.defer(() => running.stop());
  // The first calls of a new environment open connections and compile code, which adds about 0.1 s.
  const warmUp = { program: 'warm-up', call: 0, readMs: 0, computeMs: 0, writeMs: 0 };
  await running.submit([{ body: JSON.stringify(warmUp) }]);
  if (!(await untilAtRest(running, signal))) return INTERRUPTED;
  const programs: DemoProgram[] = [];
  for (const program of ARTICLE) {
    process.stdout.write(`${program.name} ... `);
    const done = await runProgram(program, running, scale, signal);
    console.log(done === undefined ? 'interrupted' : 'done');
    if (done === undefined) break;
    programs.push(done);
  }
  if (programs.length === 0) return INTERRUPTED;
  const terminal = terminalOf(process.stdout);
  console.log(
    `\n${renderDemoTable(programs, scale, terminal)}\n\n${renderDemoTimelines(programs, terminal)}`,
  );
  await saveFile(values.page, renderDemoPage(programs, scale));
  console.log(`\nThe comparison as a page: ${relative(process.cwd(), resolve(values.page))}`);
  if (values.json !== undefined) await saveFile(values.json, `${JSON.stringify(programs, null, 2)}\n`);
  return programs.length === ARTICLE.length ? 0 : INTERRUPTED;
}

/** Returns false if it was interrupted. */
async function untilAtRest(run: Run, signal: AbortSignal): Promise<boolean> {
  const ended = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false));
  });
  return Promise.race([run.stack.atRest().then(() => true), ended]);
}

/**
 * Undefined if it was interrupted. Each program has its own key, so the programs run one after another on the
 * same stack.
 */
async function runProgram(
  program: ArticleProgram,
  run: Run,
  scale: number,
  signal: AbortSignal,
): Promise<DemoProgram | undefined> {
  const { name, description, limitMs, readMs, computeMs, writeMs, asyncio } = program;
  const before = run.observations.length;
  const startedAt = performance.timeOrigin + performance.now();
  const times = { readMs: readMs * scale, computeMs: computeMs * scale, writeMs: writeMs * scale };
  const calls = Array.from({ length: CALLS }, (_, call) => ({
    body: JSON.stringify({ program: name, call, ...times }),
  }));
  await run.submit(calls);
  if (!(await untilAtRest(run, signal))) return undefined;
  const results = program.shows ? resultsOf(run, name) : [];
  return {
    name,
    description,
    limitMs,
    asyncio,
    weir: callsOf(run.observations.slice(before), startedAt, scale, results),
  };
}

const Result = v.object({ program: v.string(), sum: v.number(), chain: v.string() });

/** The state that each write received, in the order of the commits: that of its own commit. */
function resultsOf(run: Run, program: string): string[] {
  return bodiesOf(run.stack.queue('ResultsQueue'))
    .map(({ body }) => v.parse(Result, parseJson(body, 'a result')))
    .filter((result) => result.program === program)
    .sort((a, b) => a.sum - b.sum)
    .map(({ sum, chain }) => `sum ${sum}, chain ${chain}`);
}

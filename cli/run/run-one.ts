/** One run of a pipeline, from its start to its report and its exit status. */
import { systemClock } from '../../functions/aws/clock.ts';
import { defined } from '../../functions/defined.ts';
import { describeStack } from '../../local/announce.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { type Cleanup, createCleanup } from '../../local/cleanup.ts';
import { assertPortFree } from '../../local/page/port.ts';
import { createProgress } from '../../local/report/progress.ts';
import { summarize } from '../../local/report/run-record.ts';
import { describeNextStep } from '../../local/report/tables.ts';
import { chaosTable } from '../../local/report/trouble-tables.ts';
import { formatDuration } from '../../local/report/units.ts';
import type { Run } from '../../local/run.ts';
import type { Standstill } from '../../local/standstill.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { endpointFor } from '../../operate/endpoints.ts';
import { announceLocal, assertNoneUp } from '../../operate/find-local.ts';
import { interruptionIsTheEnd, listenForInterruption } from '../terminal/interruption.ts';
import { INTERRUPTED, UsageError } from '../terminal/options.ts';
import { assertWritable } from '../terminal/output-file.ts';
import { userPath } from '../terminal/paths.ts';
import { FOUND } from '../terminal/print.ts';
import { type AskedRun, askedRun } from './asked-run.ts';
import { whileDeploying } from './deploying.ts';
import { type Followed, follow } from './follow.ts';
import { collectLines, type FunctionsOutput } from './functions-output.ts';
import { startLastWords } from './last-words.ts';
import { endWithStarter } from './one-of-all.ts';
import { openInput } from './run-input.ts';
import type { RunValues } from './run-options.ts';
import { describeStandstill, nothingCounted, statusOfRun } from './run-outcome.ts';
import { type RunPlace, runPlace } from './run-place.ts';
import { reportRun } from './run-report.ts';
import { servePage } from './serve-page.ts';

export async function runOne(values: RunValues): Promise<number> {
  const asked = await askedRun(values);
  const place = runPlace();
  const signal = listenForInterruption();
  endWithStarter();
  await assertPossible(asked, values, place);
  await using cleanup = createCleanup();
  const printed = collectLines(userPath(place.log), (text) => console.error(text));
  const running = await whileDeploying(
    () => startOne(asked, printed, cleanup),
    ({ run, took }) => `Deployed ${run.stack.plan.name} on this machine in ${took}.`,
  );
  await announce(running.run, asked.stay, place, cleanup);
  // Relative paths of a function lead into an empty folder, as on Lambda, which has none of the user's files.
  process.chdir(running.run.workFolder);
  const { page, prices } = asked;
  if (page !== undefined)
    cleanup.use(await servePage(running.run, { port: page, open: values.open, prices }));
  const outcome = await followOne(running, values, asked, signal);
  const status = await tell(running.run, outcome, printed, values, asked);
  if (!asked.stay || outcome === 'interrupted') return status;
  await untilInterrupted(place, signal);
  return 0; // The operator has seen its result.
}

/** Checked before anything starts, because a run takes a while to start. */
async function assertPossible(
  { page, stay }: AskedRun,
  { json, timeline, svg }: RunValues,
  { file }: RunPlace,
): Promise<void> {
  if (stay) await assertNoneUp(file);
  if (page !== undefined) {
    if (endpointFor('SQS', process.env) !== undefined)
      throw new UsageError(
        '--open and --page show queues of this process: unset AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL',
      );
    await assertPortFree(page);
  }
  // Last, because it creates folders.
  await assertWritable({ json, timeline, svg });
}

type Started = Awaited<ReturnType<typeof startOne>>;

async function startOne(asked: AskedRun, printed: FunctionsOutput, cleanup: Cleanup) {
  const { records, chaos, readers, secrets, env, stay } = asked;
  const given = cleanup.use(await openInput({ ...asked.input, stay: stay || records !== undefined }));
  const began = performance.now();
  const lastWords = startLastWords();
  cleanup.defer(lastWords.end);
  const run = await given.start({
    // Compute starts while the first requests are read; on AWS, compute.provisionedConcurrency keeps it
    // ready.
    ahead: { Compute: 1 },
    onWork: lastWords.work,
    secrets,
    env: { ...given.env, ...env },
    onLog: ({ functionName, line }) => printed.add(functionName, line),
    ...defined({ chaos }),
    ...(readers === undefined ? {} : { settings: { reader: { maxConcurrency: readers } } }),
  });
  cleanup.defer(() => run.stop());
  return {
    run,
    took: formatDuration(performance.now() - began),
    count: given.live.count + given.backfill.count,
    feed: (signal: AbortSignal) =>
      Promise.all([
        run.submit(given.live.requests, signal),
        ...(given.backfill.count > 0 ? [run.submit(given.backfill.requests, signal, 'backfill')] : []),
      ]).then(() => (records === undefined ? undefined : run.feed(records.feed, records.lines))),
  };
}

async function followOne(
  { run, count, feed }: Started,
  values: RunValues,
  { chaos, stay }: AskedRun,
  signal: AbortSignal,
): Promise<Followed> {
  const progress = createProgress(process.stdout, systemClock);
  const onStandstill = (standstill: Standstill): 'end' | 'go on' => {
    // Chaos kills invocations on purpose, so only a function that never started counts.
    const patient = values.patient || chaos !== undefined;
    if (patient && standstill.why !== 'cannot start' && standstill.why !== 'over budget') return 'go on';
    if (!stay) return 'end'; // The report tells it at the end.
    for (const line of describeStandstill(standstill, stay).split('\n')) progress.note(line);
    return 'go on';
  };
  const ended = new AbortController();
  const submitted = feed(AbortSignal.any([signal, ended.signal]));
  // Without requests there is nothing to follow. More of them may have to wait for room in the queues.
  if (count === 0) await submitted;
  const outcome =
    count === 0 && run.submitted() === 0
      ? 'at rest'
      : await follow(run, submitted, progress, signal, onStandstill);
  ended.abort();
  return outcome;
}

/** Prints the report and returns the exit status. */
async function tell(
  run: Run,
  outcome: Followed,
  printed: FunctionsOutput,
  values: RunValues,
  { chaos, stay, prices }: AskedRun,
): Promise<number> {
  const standstill = typeof outcome === 'string' ? undefined : outcome;
  const record = await run.record();
  const summary = summarize(record);
  const bill = stackBill(run.stack, summary.readings, prices);
  const reasons = standstill === undefined ? {} : { standstill: standstill.reasons };
  await reportRun(record, { ...summary, bill, ...reasons }, values);
  if (chaos !== undefined) console.log(`\nChaos\n${chaosTable(chaos.counts()).join('\n')}`);
  else await printed.show(values.verbose);
  const next = describeNextStep(summary, stay);
  if (next !== undefined) console.log(`\n${next}`);
  if (outcome === 'interrupted') return INTERRUPTED;
  const nothing = stay || standstill !== undefined ? undefined : nothingCounted(summary, record);
  if (nothing !== undefined) console.log(`\n${nothing}`);
  if (standstill === undefined) return statusOfRun(summary);
  if (!stay) console.log(`\n${describeStandstill(standstill, stay)}`);
  return FOUND;
}

/**
 * Announces the run to the commands. If another run is up, they keep to that one; a run that stays up then
 * fails to start.
 */
async function announce(run: Run, stay: boolean, { file }: RunPlace, cleanup: Cleanup): Promise<void> {
  try {
    cleanup.use(await announceLocal(describeStack(run.stack), file));
  } catch (error) {
    if (stay || !(error instanceof OperatorError)) throw error;
  }
}

async function untilInterrupted({ file, status }: RunPlace, signal: AbortSignal): Promise<void> {
  console.log(`\nThe run stays up (${file}): try "${status}" in another terminal. Ctrl-C ends it.`);
  // Nothing else keeps the process alive.
  const awake = setInterval(() => {}, 1 << 30);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(awake);
  interruptionIsTheEnd();
}

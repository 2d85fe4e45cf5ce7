/**
 * `weir plan --check`: runs the same work in the model and on this machine, and compares the times. Only runs
 * during which almost no other program ran are judged: on a busy machine a local run measures the other
 * programs. The model is given the processor time of these runs and must predict when each step is done.
 */
import { terminalOf } from '../../local/report/terminal.ts';
import { renderTable } from '../../local/report/text-table.ts';
import { formatDuration } from '../../local/report/units.ts';
import { fitToMachine } from '../../plan/check/fit.ts';
import { CORES, QUIET_CORES, untilQuiet } from '../../plan/check/machine.ts';
import { type CheckStack, type LocalRun, startCheckStack } from '../../plan/check/run-local.ts';
import { CHECK_READERS, runModel } from '../../plan/check/run-model.ts';
import { CHECK, type CheckRequest, checkRequests, schedule, type Times } from '../../plan/check/work.ts';
import type { Profile } from '../../plan/profile.ts';

const NAMES = ['t50', 't99', 'makespan'] as const;
const TOLERANCE = 0.1;
const MODEL_RUNS = 5;
const WARM_UP_RUNS = 5;
const WARM_UP_SEED = 1_000_003;
const TRIES_PER_RUN = 3;
const WAIT_FOR_QUIET_MS = 60_000;

/** Returns the exit status: 0 when each time of the model is close enough to the median of the quiet runs. */
export async function checkPlan(seed: number, runs: number): Promise<number> {
  const requests = checkRequests(seed);
  console.log(
    `${CHECK.requests} requests over ${CHECK.keys} keys, read median 100 ms, p99 1.6 s, at most ${CHECK.readsAtOnce} reads ` +
      `at once in ${CHECK_READERS} readers, compute ${CHECK.computeMs} ms, seed ${seed}; ${CORES} cores`,
  );
  await using stack = await startCheckStack();
  // The first calls of an environment load and compile code, which the model does not include.
  for (let run = 1; run <= WARM_UP_RUNS; run += 1) await stack.run(checkRequests(seed + WARM_UP_SEED));
  const quiet = await quietRuns(stack, requests, runs);
  if (quiet.length === 0) {
    console.log(
      `Other programs took more than ${QUIET_CORES} cores beside every run: that would compare them, not the model.`,
    );
    return 1;
  }
  const local = medianTimes(quiet.map(({ times }) => times));
  const ownSeconds = median(quiet.map(({ machine }) => machine.ownSeconds));
  const model = await modelTimes(requests, await fitToMachine(requests, CORES, ownSeconds));
  console.log(renderComparison(schedule(requests), model, local));
  const close = NAMES.every((name) => Math.abs(model[name] / local[name] - 1) <= TOLERANCE);
  console.log(
    close
      ? 'Every time of the model is within 10 %.'
      : 'The model is off by more than 10 %: see plan/profile.ts.',
  );
  return close ? 0 : 1;
}

async function quietRuns(
  stack: CheckStack,
  requests: readonly CheckRequest[],
  runs: number,
): Promise<LocalRun[]> {
  const quiet: LocalRun[] = [];
  for (let attempt = 1; attempt <= runs * TRIES_PER_RUN && quiet.length < runs; attempt += 1) {
    await untilQuiet(WAIT_FOR_QUIET_MS);
    const run = await stack.run(requests);
    if (run.effects !== CHECK.requests) {
      throw new Error(`the local run made ${run.effects} effects of ${CHECK.requests}`);
    }
    console.log(describe(attempt, run));
    if (run.machine.othersCores <= QUIET_CORES) quiet.push(run);
  }
  return quiet;
}

function describe(attempt: number, { times, machine: { ownSeconds, othersCores } }: LocalRun): string {
  const shown = NAMES.map((name) => `${name} ${formatDuration(times[name])}`).join(', ');
  const judged = othersCores <= QUIET_CORES ? '' : ': not counted';
  return `  run ${attempt}: ${shown}; ${ownSeconds.toFixed(1)} s of processor time, others ${othersCores.toFixed(2)} cores${judged}`;
}

function renderComparison(ideal: Times, model: Times, local: Times): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return renderTable(
    [
      { title: 'time' },
      right('no overhead at all'),
      right('model'),
      right('local run, median'),
      right('difference'),
    ],
    NAMES.map((name) => [
      name,
      ...[ideal, model, local].map((times) => formatDuration(times[name])),
      `${((model[name] / local[name] - 1) * 100).toFixed(1)} %`,
    ]),
    terminalOf(process.stdout),
  ).join('\n');
}

/** The model too depends on chance, so it runs with several seeds. */
async function modelTimes(requests: readonly CheckRequest[], profile: Profile): Promise<Times> {
  const all: Times[] = [];
  for (let seed = 1; seed <= MODEL_RUNS; seed += 1) all.push((await runModel(requests, profile, seed)).times);
  return medianTimes(all);
}

function medianTimes(all: readonly Times[]): Times {
  const of = (name: keyof Times) => median(all.map((times) => times[name]));
  return { t50: of('t50'), t99: of('t99'), makespan: of('makespan') };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

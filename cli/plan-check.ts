/** `weir plan --check`: the same work in the model and on this machine, side by side. */

import { terminalOf } from '../local/report/terminal.ts';
import { renderTable } from '../local/report/text-table.ts';
import { formatDuration } from '../local/report/units.ts';
import { CORES } from '../plan/check/machine.ts';
import { startCheckStack } from '../plan/check/run-local.ts';
import { CHECK_READERS, runModel } from '../plan/check/run-model.ts';
import { CHECK, checkRequests, schedule, type Times } from '../plan/check/work.ts';
import { besideOtherWork, localProfile } from '../plan/profile.ts';

const TIMES = ['t50', 't99', 'makespan'] as const;
const TOLERANCE = 0.1;
const MODEL_RUNS = 5;
const WARM_UP_SEED = 1_000_003;

interface Comparison {
  readonly othersCores: number;
  readonly model: Times;
  readonly local: Times;
}

/** Returns the exit status: 0 when every time of the model is within the tolerance in the quietest run. */
export async function checkPlan(seed: number, runs: number): Promise<number> {
  const requests = checkRequests(seed);
  console.log(
    `${CHECK.requests} requests over ${CHECK.keys} keys, read median 100 ms, p99 1.6 s, at most ${CHECK.readsAtOnce} reads ` +
      `at once in ${CHECK_READERS} readers, compute ${CHECK.computeMs} ms, seed ${seed}; ${CORES} cores`,
  );
  const ideal = schedule(requests);
  console.log(
    `No overhead at all: ${TIMES.map((time) => `${time} ${formatDuration(ideal[time])}`).join(', ')}`,
  );
  await using stack = await startCheckStack();
  // The first calls of an environment load and compile code: the model says nothing of that.
  await stack.run(checkRequests(seed + WARM_UP_SEED));
  const comparisons: Comparison[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const { times: local, effects, othersCores } = await stack.run(requests);
    if (effects !== CHECK.requests)
      throw new Error(`the local run made ${effects} effects of ${CHECK.requests}`);
    const model = await medianTimes((number) =>
      runModel(requests, besideOtherWork({ ...localProfile, cores: CORES }, othersCores), number),
    );
    comparisons.push({ othersCores, model, local });
  }
  console.log(table(comparisons));
  const quietest = comparisons.reduce((best, one) => (one.othersCores < best.othersCores ? one : best));
  const close = TIMES.every((time) => Math.abs(difference(quietest, time)) <= TOLERANCE);
  console.log(
    close
      ? 'In the quietest run every time of the model is within 10 % of the local run.'
      : 'In the quietest run the model is off by more than 10 %.',
  );
  if (quietest.othersCores > QUIET_CORES) {
    console.log('Other programs were busy all the time: the model was told how much, but not when.');
  }
  return close ? 0 : 1;
}

const QUIET_CORES = 0.25;

function difference({ model, local }: Comparison, time: keyof Times): number {
  return model[time] / local[time] - 1;
}

function table(comparisons: readonly Comparison[]): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return renderTable(
    [
      right('run'),
      right('cores of others'),
      { title: 'time' },
      right('model'),
      right('local run'),
      right('difference'),
    ],
    comparisons.flatMap((comparison, index) =>
      TIMES.map((time) => [
        String(index + 1),
        comparison.othersCores.toFixed(2),
        time,
        formatDuration(comparison.model[time]),
        formatDuration(comparison.local[time]),
        `${(difference(comparison, time) * 100).toFixed(1)} %`,
      ]),
    ),
    terminalOf(process.stdout),
  ).join('\n');
}

/** Chance plays its part in the model: the median of a few runs with seeds of their own. */
async function medianTimes(run: (number: number) => Promise<{ times: Times }>): Promise<Times> {
  const all: Times[] = [];
  for (let number = 1; number <= MODEL_RUNS; number += 1) all.push((await run(number)).times);
  const of = (time: keyof Times) =>
    all.map((times) => times[time]).sort((a, b) => a - b)[Math.floor(MODEL_RUNS / 2)] ?? 0;
  return { t50: of('t50'), t99: of('t99'), makespan: of('makespan') };
}

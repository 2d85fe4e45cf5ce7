/** `weir plan --check`: the same work in the model and on this machine, side by side. */
import { loadavg } from 'node:os';
import { padEnd } from '../local/report/printable.ts';
import { formatDuration } from '../local/report/units.ts';
import { startCheckStack } from '../plan/check/run-local.ts';
import { runModel } from '../plan/check/run-model.ts';
import { CHECK, checkRequests, schedule, type Times } from '../plan/check/work.ts';

const TIMES = ['t50', 't99', 'makespan'] as const;
const TOLERANCE = 0.1;
const WARM_UP_SEED = 1_000_003;

/** Returns the exit status: 0 when every time of the model is within the tolerance. */
export async function checkPlan(seed: number, runs: number): Promise<number> {
  const requests = checkRequests(seed);
  console.log(
    `${CHECK.requests} requests over ${CHECK.keys} keys, read median 100 ms, p99 1.6 s, at most ${CHECK.readsAtOnce} reads at once, compute ${CHECK.computeMs} ms, seed ${seed}`,
  );
  const ideal = schedule(requests);
  const model = await medianOf(1, 5, async (number) => (await runModel(requests, undefined, number)).times);
  await using stack = await startCheckStack();
  // The first calls of an environment load and compile code: the model says nothing of that.
  await stack.run(checkRequests(seed + WARM_UP_SEED));
  const measured: Times[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const { times, effects } = await stack.run(requests);
    if (effects !== CHECK.requests)
      throw new Error(`the local run made ${effects} effects of ${CHECK.requests}`);
    console.log(
      `  run ${run}: ${TIMES.map((time) => `${time} ${formatDuration(times[time])}`).join(', ')}, load ${loadavg()[0]?.toFixed(1)}`,
    );
    measured.push(times);
  }
  // What else the machine does only ever adds: the quickest run comes closest to what is modelled.
  const local = quickest(measured);
  const difference = (time: (typeof TIMES)[number]) => model[time] / local[time] - 1;
  const line = (cells: readonly string[]) =>
    console.log(
      `  ${cells
        .map((cell) => padEnd(cell, 14))
        .join('')
        .trimEnd()}`,
    );
  line(['', 'schedule', 'model', 'quickest run', 'difference']);
  for (const time of TIMES) {
    const percent = `${difference(time) > 0 ? '+' : ''}${(difference(time) * 100).toFixed(1)} %`;
    line([
      time,
      formatDuration(ideal[time]),
      formatDuration(model[time]),
      formatDuration(local[time]),
      percent,
    ]);
  }
  const close = TIMES.every((time) => Math.abs(difference(time)) <= TOLERANCE);
  console.log(
    close
      ? 'Every time of the model is within 10 % of the quickest run.'
      : 'The model is off by more than 10 %. On a machine that does other work the local run is slower than the profile is fitted to.',
  );
  return close ? 0 : 1;
}

async function medianOf(
  from: number,
  count: number,
  run: (number: number) => Promise<Times>,
): Promise<Times> {
  const all: Times[] = [];
  for (let number = from; number < from + count; number += 1) all.push(await run(number));
  return middle(all);
}

function quickest(all: readonly Times[]): Times {
  const sum = ({ t50, t99, makespan }: Times) => t50 + t99 + makespan;
  return all.reduce((best, times) => (sum(times) < sum(best) ? times : best));
}

function middle(all: readonly Times[]): Times {
  const of = (time: keyof Times) =>
    all.map((times) => times[time]).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  return { t50: of('t50'), t99: of('t99'), makespan: of('makespan') };
}

/** Runs the check's requests in the local run: with the functions as they would be deployed, on this machine. */
import { extname, join } from 'node:path';
import { systemClock } from '../../functions/aws/clock.ts';
import type { RunObservation } from '../../local/report/observed.ts';
import { type Run, startRun } from '../../local/run.ts';
import { localProfile } from '../profile.ts';
import { type Meanwhile, since, usage } from './machine.ts';
import { CHECK_COMPUTES, CHECK_READERS } from './run-model.ts';
import { type CheckRequest, type Times, timesOf } from './work.ts';

export interface LocalRun {
  readonly times: Times;
  readonly commits: number;
  readonly machine: Meanwhile;
  readonly sends: number;
  readonly effects: number;
}

export interface CheckStack extends AsyncDisposable {
  run(requests: readonly CheckRequest[]): Promise<LocalRun>;
}

/** Environments are warm from the start. `npm run bench` measures their start. */
export async function startCheckStack(): Promise<CheckStack> {
  const run = await startRun({
    pipeline: { file: join(import.meta.dirname, `pipeline${extname(import.meta.filename)}`) },
    settings: { reader: { maxConcurrency: CHECK_READERS }, compute: { maxConcurrency: CHECK_COMPUTES } },
    prewarm: { Reader: CHECK_READERS, Compute: CHECK_COMPUTES },
    onLog: ({ functionName, line }) => console.error(`${functionName}: ${line}`),
  });
  return {
    run: (requests) => runOnce(run, requests),
    [Symbol.asyncDispose]: () => run.stop(),
  };
}

async function runOnce(run: Run, requests: readonly CheckRequest[]): Promise<LocalRun> {
  const from = run.observations.length;
  const sendsBefore = run.stack.calls.byOperation()['SQS.SendMessageBatch'] ?? 0;
  const before = usage();
  const startedAt = systemClock.now();
  await run.submit(requests.map((request) => ({ body: JSON.stringify(request) })));
  await run.stack.atRest();
  const observations = run.observations.slice(from);
  const commits = observations.filter(({ kind }) => kind === 'commit').length;
  const done = effectsOf(observations).map((at) => at - startedAt);
  return {
    times: timesOf(done),
    commits,
    machine: since(before, (commits * localProfile.engineMs) / 1000),
    sends: (run.stack.calls.byOperation()['SQS.SendMessageBatch'] ?? 0) - sendsBefore,
    effects: done.length,
  };
}

/** The time at which each reading was committed. A commit has the readings that its environment folded just before. */
function effectsOf(observations: readonly RunObservation[]): number[] {
  const folded = new Map<string, number>();
  return observations.flatMap((observation) => {
    if (observation.kind !== 'compute' && observation.kind !== 'commit') return [];
    const fold = `${observation.environment} ${observation.key}`;
    if (observation.kind === 'compute') folded.set(fold, observation.readings);
    if (observation.kind === 'compute' || observation.outcome !== 'committed') return [];
    return new Array<number>(folded.get(fold) ?? 0).fill(observation.end);
  });
}

/** A benchmark run: the requested works one after another, each with its systems side by side. */
import { measureColdStarts } from './cold-start.ts';
import { measureFirstRead } from './first-read.ts';
import { measureGrowth } from './growth.ts';
import { READINGS_PER_BATCH } from './handlers/batches.ts';
import { type HandlerFigures, measureHandlers } from './handlers/measure.ts';
import { FOLD_CASES, measureFold } from './measure-fold.ts';
import { HOT_KEY_CASES, measureHotKey } from './measure-hot-key.ts';
import { measureMemory } from './memory/measure.ts';
import { quantile } from './quantiles.ts';
import { scatteredRequests } from './requests.ts';
import { createSamples, type Samples } from './results.ts';
import { runWork } from './run-work.ts';
import { measureVirtual } from './virtual/measure-virtual.ts';
import { type WorkOptions, worksOf } from './works.ts';

export const WORKS = [
  'W1',
  'W2',
  'W2v',
  'W3',
  'W3p',
  'W4',
  'W5',
  'W6',
  'hot-key',
  'memory',
  'growth',
] as const;
export type WorkName = (typeof WORKS)[number];

export interface BenchOptions extends WorkOptions {
  readonly only: readonly WorkName[];
  readonly runs: number;
  /** For W6: see HandlerOptions. */
  readonly beside: string | undefined;
  readonly onStart: (what: string) => void;
}

export async function runBench(options: BenchOptions): Promise<Samples> {
  const { only, runs, quick, beside, onStart } = options;
  const samples = createSamples();
  for (const work of worksOf(options)) {
    if (only.some((name) => name === work.name)) await runWork(work, runs, samples, onStart);
  }
  if (only.includes('W2v')) {
    onStart('W2v on the virtual clock');
    await measureVirtual(scatteredRequests(quick ? 300 : 2000, 20, options.seed), runs, samples);
  }
  if (only.includes('W4')) await runFolds(samples, runs, quick ? 100 : 1000, onStart);
  if (only.includes('W5')) await runColdStarts(samples, quick ? runs : 5 * runs, runs, onStart);
  if (only.includes('W6')) {
    const add = addHandlers(samples);
    await measureHandlers({
      rounds: runs,
      batches: quick ? 50 : 500,
      beside,
      onRound: (round) => onStart(`W6 the functions alone ${round + 1}/${runs}`),
      onFigures: add,
    });
  }
  if (only.includes('hot-key')) await runHotKey(samples, runs, quick ? 2 : 20, onStart);
  if (only.includes('memory')) {
    for (let run = 0; run < runs; run += 1) measureMemory(samples, quick ? 0.1 : 1, onStart);
  }
  if (only.includes('growth')) {
    for (const keys of [1, 10_000]) {
      onStart(`growth, ${keys} keys`);
      await runGrowth(samples, keys, quick ? 10_000 : 1_000_000);
    }
  }
  return samples;
}

async function runFolds(
  samples: Samples,
  runs: number,
  batches: number,
  onStart: (what: string) => void,
): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    for (const each of FOLD_CASES) {
      const { stateKb, readingsPerMessage } = each;
      onStart(`W4 state ${stateKb} KB, ${readingsPerMessage} readings in a message ${run + 1}/${runs}`);
      // A batch with many readings or a large state takes longer to measure, so there are fewer of them.
      const share = stateKb === 64 || readingsPerMessage === 100 ? 0.3 : 1;
      const us = await measureFold(each, Math.ceil(batches * share));
      const metric = `beyond compute and encode, state ${stateKb} KB, 10 messages of ${readingsPerMessage}`;
      samples.add('W4', 'weir', metric, 'us/reading', us);
    }
  }
}

async function runHotKey(
  samples: Samples,
  runs: number,
  batches: number,
  onStart: (what: string) => void,
): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    for (const each of HOT_KEY_CASES) {
      const what = `${each.name}, ${each.readingsPerRequest} readings in a request`;
      onStart(`hot-key ${what} ${run + 1}/${runs}`);
      const { plain, merged, packUs, foldUs } = await measureHotKey(each, batches);
      const add = (system: string, metric: string, unit: string, value: number) =>
        samples.add('hot-key', system, `${what}: ${metric}`, unit, value);
      add('without merge', 'compute alone', 'readings/s', plain);
      add('with merge', 'compute alone', 'readings/s', merged);
      add('with merge', 'compute alone, times without', 'x', merged / plain);
      add('without merge', 'in the reader', 'us/reading', packUs);
      add('with merge', 'in the reader', 'us/reading', foldUs);
    }
  }
}

async function runColdStarts(
  samples: Samples,
  processes: number,
  runs: number,
  onStart: (what: string) => void,
): Promise<void> {
  onStart(`W5 cold starts, ${processes} processes each`);
  for (const { system, bundleKb, readyMs, cpuMs } of await measureColdStarts(processes)) {
    samples.add('W5', system, 'bundle', 'KB', bundleKb);
    for (const ms of readyMs) samples.add('W5', system, 'process start to handler ready', 'ms', ms);
    for (const ms of cpuMs) samples.add('W5', system, 'CPU', 'ms', ms);
  }
  for (let run = 0; run < runs; run += 1) {
    onStart(`W5 npm start to its first read ${run + 1}/${runs}`);
    samples.add('W5', 'npm start', 'process start to first read', 's', measureFirstRead() / 1000);
  }
}

/**
 * CPU time at full speed. With a limited processor, the time that AWS would bill and that a caller would
 * wait.
 */
function addHandlers(samples: Samples): (figures: HandlerFigures) => void {
  // By system: the result for a batch of one key in this round.
  const ofOneKey = new Map<string, HandlerFigures['told']>();
  return ({ system, work, speed, told, bundleKb }) => {
    const add = (metric: string, unit: string, value: number) =>
      samples.add('W6', `${system} ${work}`, metric, unit, value);
    const { ms, cpuMs, calls, importCpuMs, firstAnswerMs } = told;
    add(`cold start to first answer, ${speed}`, 'ms', firstAnswerMs);
    if (speed !== 'full speed') {
      // Lambda bills each invocation in whole milliseconds. https://aws.amazon.com/lambda/pricing/
      add(`billed for a batch, ${speed}`, 'ms', quantile(ms.map(Math.ceil), 0.5));
      return;
    }
    add('bundle', 'KB', bundleKb);
    add('import, CPU', 'ms', importCpuMs);
    add('CPU', 'ms/reading', cpuMs / ms.length / READINGS_PER_BATCH);
    add('calls', 'calls/batch', calls / ms.length);
    if (calls > 0) add('CPU of a call, the handler included', 'ms/call', cpuMs / calls);
    if (work === 'compute, one key') ofOneKey.set(system, told);
    const one = ofOneKey.get(system);
    if (work === 'compute, ten keys' && one !== undefined) {
      // Both batches have the same number of readings; the difference is nine folds, items and calls.
      const more = cpuMs / ms.length - one.cpuMs / one.ms.length;
      add(
        'CPU of one more commit, its call included',
        'ms/call',
        more / (calls / ms.length - one.calls / one.ms.length),
      );
    }
  };
}

async function runGrowth(samples: Samples, keys: number, readingsMax: number): Promise<void> {
  const points = await measureGrowth(keys, readingsMax);
  const system = keys === 1 ? 'one key' : `${keys} keys`;
  for (const { readings, ...point } of points) {
    const add = (metric: string, unit: string, value: number) =>
      samples.add('growth', system, `${metric} at ${readings} readings`, unit, value);
    add('time', 'us/reading', point.usPerReading);
    add('writes', 'calls/commit', point.writesPerCommit);
    add('reads', 'calls/commit', point.readsPerCommit);
    add('item', 'bytes', point.itemBytes);
    add('heap', 'MB', point.heapMb);
  }
  const curve = (metric: string, of: (point: (typeof points)[number]) => number) =>
    samples.addCurve({
      work: `growth, ${metric}`,
      system,
      points: points.map((point) => [point.readings, of(point)] as const),
    });
  curve('us/reading', ({ usPerReading }) => usPerReading);
  curve('heap MB', ({ heapMb }) => heapMb);
  curve('item bytes', ({ itemBytes }) => itemBytes);
}

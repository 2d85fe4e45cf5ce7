/** How much memory a local run takes, by its length: a run in a process of its own for each. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Samples } from '../results.ts';

export const READINGS_PER_REQUEST = 100;
const LENGTHS = [100_000, 400_000, 5_000_000];

const Told = v.object({ startMb: v.number(), peakMb: v.number() });

export function measureMemory(samples: Samples, share: number, onStart: (what: string) => void): void {
  const add = (metric: string, unit: string, value: number) =>
    samples.add('memory', 'weir run', metric, unit, value);
  const peaks = LENGTHS.map((length) => {
    const readings = length * share;
    onStart(`memory of a run of ${readings} readings`);
    const { startMb, peakMb } = runOf(readings);
    add('when it begins', 'MB', startMb);
    add(`at most, ${readings} readings`, 'MB', peakMb);
    return { readings, peakMb };
  });
  const [first, last] = [peaks[0], peaks.at(-1)];
  if (first === undefined || last === undefined) return;
  const perReading = ((last.peakMb - first.peakMb) * 2 ** 20) / (last.readings - first.readings);
  add('more for each further reading', 'bytes/reading', perReading);
}

function runOf(readings: number): v.InferOutput<typeof Told> {
  const child = spawnSync(process.execPath, [join(import.meta.dirname, 'child.ts'), String(readings)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`the run of ${readings} readings failed: ${child.stderr}`);
  return v.parse(Told, JSON.parse(child.stdout.trim().split('\n').at(-1) ?? ''));
}

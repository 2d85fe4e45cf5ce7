/** The work as a Python program with asyncio, if python3 is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Measurement } from '../measurement.ts';
import type { TimedRequest } from '../requests.ts';

/** "Python 3.11.7"; undefined if there is none. */
export function pythonVersion(): string | undefined {
  const { stdout, status } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

const Result = v.object({
  effects: v.array(v.object({ atMs: v.number(), readings: v.number() })),
  cpuMs: v.number(),
  totals: v.record(v.string(), v.object({ count: v.number(), sum: v.number() })),
});

export async function runAsyncio(
  requests: readonly TimedRequest[],
  readsAtOnce: number,
): Promise<Measurement> {
  const program = spawn('python3', [join(import.meta.dirname, 'programs.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  program.stdin.end(JSON.stringify({ requests, readsAtOnce }));
  const status = await new Promise((resolve, reject) => {
    program.once('error', reject);
    program.once('close', resolve);
  });
  if (status !== 0) throw new Error(`programs.py ended with status ${status}`);
  const { totals, ...result } = v.parse(Result, JSON.parse(Buffer.concat(chunks).toString()));
  return { ...result, totals: new Map(Object.entries(totals)) };
}

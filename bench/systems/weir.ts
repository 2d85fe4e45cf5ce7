/**
 * The work as a pipeline of Weir, in a process of its own, as `weir run` has it: see weir-child.ts. So the heap of the
 * benchmark, which holds the CDK and the other systems, is not part of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { BILLED } from '../../local/bill/prices.ts';
import type { Measurement } from '../measurement.ts';
import type { TimedRequest } from '../requests.ts';

export interface WeirOptions {
  readonly file: string;
  readonly readers: number;
  readonly computes: number;
}

/** From and to the process. */
export interface WeirWork extends WeirOptions {
  readonly requests: readonly TimedRequest[];
}
export type WeirTold = Omit<Measurement, 'totals'> & {
  readonly totals: readonly (readonly [string, { readonly count: number; readonly sum: number }])[];
};

const usage = { item: v.picklist(BILLED), detail: v.string(), quantity: v.number() };
const Line = v.object({ ...usage, title: v.string(), usd: v.number(), perMillionUsd: v.number() });
const Told = v.object({
  effects: v.array(v.object({ atMs: v.number(), readings: v.number() })),
  cpuMs: v.number(),
  calls: v.record(v.string(), v.number()),
  bill: v.object({
    region: v.string(),
    date: v.string(),
    terms: v.string(),
    events: v.number(),
    lines: v.array(Line),
    totalUsd: v.number(),
    perMillionUsd: v.number(),
    idleUsdPerHour: v.number(),
  }),
  totals: v.array(v.tuple([v.string(), v.object({ count: v.number(), sum: v.number() })])),
});

export async function runWeir(requests: readonly TimedRequest[], options: WeirOptions): Promise<Measurement> {
  const file = fileURLToPath(new URL('./weir-child.ts', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify({ ...options, requests } satisfies WeirWork));
  const [said, [status]] = await Promise.all([text(child.stdout), ended]);
  if (status !== 0) throw new Error(`the process of Weir ended with status ${status}`);
  const { totals, ...measured } = v.parse(Told, parseJson(said, 'the figures of Weir'));
  return { ...measured, totals: new Map(totals) };
}

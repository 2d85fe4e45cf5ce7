/** What one run of one system over one work gave. */
import type { Bill } from '../local/bill/bill.ts';

export interface Effect {
  /** From the first submission: when it was durable, or made, where nothing is durable. */
  readonly atMs: number;
  readonly readings: number;
}

export interface Measurement {
  readonly effects: readonly Effect[];
  readonly cpuMs: number;
  /** By "Service.Operation"; undefined where no AWS call is made. */
  readonly calls?: Readonly<Record<string, number>>;
  readonly bill?: Bill;
  /** By key. The harness checks them: what is not exact is not measured. */
  readonly totals: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
}

/** The result of one run of one system on one work. */
import type { Bill } from '../local/bill/bill.ts';

export interface Effect {
  /** Ms from the first submission until the effect was durable, or was made if the system stores nothing. */
  readonly atMs: number;
  readonly readings: number;
}

export interface Measurement {
  readonly effects: readonly Effect[];
  readonly cpuMs: number;
  /** By "Service.Operation"; undefined if the system makes no AWS calls. */
  readonly calls?: Readonly<Record<string, number>>;
  readonly bill?: Bill;
  /** By key. The harness checks them: a system with wrong totals has no results. */
  readonly totals: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
}

/** The subject of the live page: a run, the deployment that steers it, and its bill. */
import type { Deployment } from '../../operate/deployment.ts';
import type { Run } from '../run.ts';

export interface Watched {
  readonly run: Run;
  readonly deployment: Deployment;
  /** Cost of the run so far; absent if nothing bills the run. */
  readonly bill?: () => RunBill;
}

/** US dollars; the lines sum to the total. */
export interface RunBill {
  readonly totalUsd: number;
  readonly perMillionUsd: number;
  readonly lines: readonly {
    readonly title: string;
    readonly detail: string;
    readonly quantity: number;
    readonly usd: number;
  }[];
}

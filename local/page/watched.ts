/** What the live page is about: a run, the deployment through which it is steered, and its bill. */
import type { Deployment } from '../../operate/deployment.ts';
import type { Run } from '../run.ts';

export interface Watched {
  readonly run: Run;
  readonly deployment: Deployment;
  /** What the run has cost by now, if anybody keeps the account. */
  readonly bill?: () => RunBill;
}

/** US dollars; the lines add up to the total. */
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

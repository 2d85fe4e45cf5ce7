/**
 * Plays the budget of a pipeline with the price meter of the run: when two periods in a row cost more than
 * the hourly rate allows, it pauses reads, with the reason that the alarm gives on AWS. A period is seconds
 * instead of five minutes, so that a short run shows it. The meter is the bill, which is a little lower than
 * what the alarm computes.
 */
import type { Clock } from '../functions/ports.ts';
import type { BudgetPlan } from './template/stack-spec.ts';

const BUDGET_PERIOD_MS = 5_000;
const HOUR_MS = 3_600_000;
const PERIODS = 2;

interface BudgetParts {
  readonly clock: Clock;
  /** Cost of the run so far. */
  readonly spentUsd: () => number;
  readonly pause: (mappings: readonly string[], reason: string) => void;
  readonly periodMs?: number | undefined;
}

export interface BudgetWatch {
  /** Why reads were paused; undefined while the budget holds. */
  passed(): string | undefined;
  stop(): Promise<void>;
}

export function watchBudget({ usdPerHour, mappings }: BudgetPlan, parts: BudgetParts): BudgetWatch {
  const { clock, spentUsd, pause, periodMs = BUDGET_PERIOD_MS } = parts;
  const stopping = new AbortController();
  let reason: string | undefined;
  const watch = async (): Promise<void> => {
    let above = 0;
    let before = { usd: spentUsd(), at: clock.now() };
    while (reason === undefined) {
      await clock.sleep(periodMs, stopping.signal);
      if (stopping.signal.aborted) return;
      const now = { usd: spentUsd(), at: clock.now() };
      const rate = ((now.usd - before.usd) * HOUR_MS) / Math.max(1, now.at - before.at);
      before = now;
      above = rate > usdPerHour ? above + 1 : 0;
      if (above < PERIODS) continue;
      reason = `the budget of ${usdPerHour} USD an hour was passed`;
      pause(mappings, reason);
    }
  };
  const watching = watch();
  return {
    passed: () => reason,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

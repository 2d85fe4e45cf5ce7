/** Compute with real processes for its folds, on a machine that may be slow to start them. */
import { systemClock } from '../../../functions/aws/clock.ts';
import type { ComputePorts } from '../../../functions/compute/commit-step.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { createFoldApart } from '../../../functions/compute/fold-apart.ts';
import { createFoldProcess } from '../../../functions/compute/fold-process.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { HOSTILE_FOLDS, hostile } from './hostile-folds.ts';

/** For folds that end: a slow machine reaches their end, and nobody waits for the rest of the time. */
const LONG_MS = 60_000;
/** For folds that are stopped, because the test waits for all of it. */
export const SHORT_MS = 2_000;

/**
 * A batch that comes back until all of it is done, as from SQS. What never gets done runs into the test's timeout.
 * `firstTimeoutMs`: at first compute gets so much time; whenever that was too little to start the processes, twice as
 * much.
 */
export async function computeInProcesses(
  batch: readonly IncomingMessage[],
  stage: Omit<ComputePorts, 'foldApart'>,
  firstTimeoutMs = LONG_MS,
): Promise<void> {
  let left = batch;
  for (let computeTimeoutMs = firstTimeoutMs; left.length > 0; computeTimeoutMs *= 2) {
    const limits = { ...hostile.limits, computeTimeoutMs };
    const foldApart = createFoldApart(createFoldProcess(HOSTILE_FOLDS, limits), limits, systemClock);
    const remainingMs = left.length * computeTimeoutMs + TIMEOUT_MARGIN_MS;
    const back = await computeBatch(left, remainingMs, { ...stage, foldApart });
    left = left.filter(({ messageId }) => back.includes(messageId));
  }
}

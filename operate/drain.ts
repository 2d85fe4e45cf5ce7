/** Waits until everything read has been computed. The pipeline's reads must be paused. */
import { setTimeout as wait } from 'node:timers/promises';
import { isQuiet, QUIET_LOOKS } from '../model/drained.ts';
import type { Deployment } from './deployment.ts';
import { lookAtQueues, type QueueStatus } from './status.ts';

export interface Drained {
  readonly atRest: boolean;
  /** Requests that wait to be read. */
  readonly requests: QueueStatus;
  readonly readings: QueueStatus;
  readonly backfill?: QueueStatus | undefined;
}

export interface DrainOptions {
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onLook?: (look: Drained) => void;
}

const LOOK_EVERY_MS = { local: 100, aws: 5_000 };

export async function drain(
  deployment: Deployment,
  { waitMs, signal, onLook }: DrainOptions,
): Promise<Drained> {
  const everyMs = deployment.local ? LOOK_EVERY_MS.local : LOOK_EVERY_MS.aws;
  let quiet = 0;
  for (let waited = 0; ; waited += everyMs) {
    const { requests, readings, backfill } = await lookAtQueues(deployment);
    const inFlight = requests.inFlight + (backfill?.inFlight ?? 0);
    quiet = isQuiet({ requests: { ...requests, inFlight }, readings }) ? quiet + 1 : 0;
    const look = { atRest: quiet >= QUIET_LOOKS, requests, readings, backfill };
    onLook?.(look);
    if (look.atRest || signal.aborted || waited >= waitMs) return look;
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * The most environments of each lane, where a stack's settings replace those of the pipeline's file. An environment that
 * cannot reach the table goes on with its part of each source's limits, so it must know how many others there may be.
 */
import type { Backfill } from '../backfill.ts';
import { ENV } from '../env.ts';
import type { Limits } from '../limits.ts';

interface Lanes {
  readonly limits: Limits;
  readonly backfill?: Backfill | undefined;
}

export function withReadersMaxOfStack(
  { limits, backfill }: Lanes,
  env: Readonly<Record<string, string | undefined>>,
): Lanes {
  const live = setting(env[ENV.readersMax]);
  const ofBackfill = setting(env[ENV.backfillReadersMax]);
  return {
    limits: { ...limits, readersMax: live ?? limits.readersMax },
    backfill: backfill && { ...backfill, readersMax: ofBackfill ?? backfill.readersMax },
  };
}

function setting(value: string | undefined): number | undefined {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

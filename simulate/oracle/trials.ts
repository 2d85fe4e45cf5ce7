/**
 * Trial marks as they were written, and the invocations that died under them. If other causes end a function
 * twice while one reading is on trial, the product assumes that this is no accident
 * (functions/compute/trial.ts), so it may condemn a sound reading; but not because of trials that ended or
 * still run.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';

export interface Trials {
  noted(invocation: string, mark: Item | undefined): void;
  died(invocation: string): void;
  /** Whether two invocations died while one of these places of the key was on trial. */
  endedFunctions(key: string, places: readonly string[]): boolean;
}

const DEATHS = 2;

export function createTrials(): Trials {
  const onTrial = new Map<string, Set<string>>();
  const dead = new Set<string>();
  return {
    noted(invocation, mark) {
      const place = mark?.['place']?.S ?? '';
      if (place === '') return;
      const name = `${mark?.['pk']?.S} ${place}`;
      onTrial.set(name, (onTrial.get(name) ?? new Set()).add(invocation));
    },
    died(invocation) {
      dead.add(invocation);
    },
    endedFunctions: (key, places) =>
      places.some(
        (place) =>
          [...(onTrial.get(`${key} ${place}`) ?? [])].filter((one) => dead.has(one)).length >= DEATHS,
      ),
  };
}

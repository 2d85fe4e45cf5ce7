/**
 * Marks of trials, as they were written, and who died under them. That other causes end a function twice while one
 * reading is on trial is held to be no accident (functions/compute/trial.ts), so a sound reading may be condemned
 * then; but not over trials that ended, or still go on.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';

export interface Trials {
  noted(invocation: string, mark: Item | undefined): void;
  died(invocation: string): void;
  /** Whether two invocations died that had one of these places of the key on trial. */
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

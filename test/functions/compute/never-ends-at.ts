import { fold } from '../../../functions/compute/fold.ts';
import type { RunFold } from '../../../functions/compute/fold-apart.ts';
import { type Progress, receiptsOf } from '../../../functions/compute/fold-child.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import type { TestClock } from '../../clocks.ts';

/** A process that never comes back from `initial` or `migrate`. */
export function neverEndsAt(place: 'initial' | 'migrate', pipeline: Pipeline, clock: TestClock): RunFold {
  return async (input, timeoutMs) => {
    let at: Progress | undefined;
    const folded = fold(pipeline, clock, input, (receipt, index) => {
      if (receipt === place) at = { message: receiptsOf(input).indexOf(receipt), index };
    });
    if (at === undefined) return { fold: folded };
    clock.spend(timeoutMs);
    return { late: true, at };
  };
}

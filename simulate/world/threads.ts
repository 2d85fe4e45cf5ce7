/**
 * Processes for separate folds, on the virtual clock: the input is copied as for a real process, compute runs
 * on its own clock, and its faults end only that process, except for memory, which may end the whole function
 * too. The product's own rules decide which reading is at fault (functions/compute/fold-apart.ts, trial.ts).
 */
import { type FoldApart, fold } from '../../functions/compute/fold.ts';
import { createFoldApart, type Ending, type RunFold } from '../../functions/compute/fold-apart.ts';
import { type Progress, receiptsOf } from '../../functions/compute/fold-child.ts';
import type { Limits } from '../../functions/limits.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { Clock } from '../../functions/ports.ts';
import type { SampleWorld } from '../subject/sample-world.ts';
import type { Computer, Environment } from './simulated-environment.ts';

const START_MS = 50;

export function simulatedThreads(
  own: Environment,
  limits: Limits,
  world: Pick<SampleWorld, 'oracle' | 'chance' | 'deathsLeft'>,
  pipelineOn: (computer: Computer) => Pipeline,
): FoldApart {
  const run: RunFold = async (input, timeoutMs) => {
    world.oracle.count('foldedApart');
    await own.clock.sleep(START_MS);
    let spentMs = 0;
    // Copying a few inputs is enough to show that they can be copied: a copy costs as much as a whole fold.
    const copies = world.chance.happens(0.04);
    let died: string | undefined;
    let takesFunction = false;
    const started = own.clock.now();
    const clock: Clock = { now: () => started + spentMs, sleep: () => Promise.resolve() };
    const thread: Computer = {
      build: own.build,
      spend: (ms) => {
        spentMs += ms;
      },
      kill: (reason) => {
        died ??= reason;
      },
      hoard: (reading) => {
        if (died === undefined && takesAlong(reading, world)) takesFunction = true;
        died ??= 'no memory left';
      },
    };
    const ended = () => died !== undefined || spentMs > timeoutMs;
    let at: Progress | undefined;
    const receipts = receiptsOf(input);
    let ending: Ending;
    try {
      const folded = fold(
        pipelineOn(thread),
        clock,
        copies ? structuredClone(input) : input,
        (receipt, index) => {
          // After its end the code continues only because nothing can stop it here; it must not be observed.
          if (!ended()) at = { message: receipts.indexOf(receipt), index };
        },
      );
      ending = { fold: copies ? structuredClone(folded) : folded };
    } catch (error) {
      ending = { error };
    }
    if (died === undefined && spentMs <= timeoutMs) {
      await own.clock.sleep(spentMs);
      return ending;
    }
    if (takesFunction) {
      world.oracle.count('foldTookFunctionAlong');
      own.kill('a fold apart left no memory');
    }
    world.oracle.count('foldCondemned');
    await own.clock.sleep(Math.min(spentMs, timeoutMs));
    return died === undefined || spentMs > timeoutMs ? { late: true, at } : { died, at };
  };
  return createFoldApart(run, limits, own.clock);
}

const DEATHS = [0, 1, 3, Number.POSITIVE_INFINITY];

/** Even a watched process may end the whole function by its memory use, several times in a row. */
function takesAlong(
  reading: string,
  { deathsLeft, chance }: Pick<SampleWorld, 'deathsLeft' | 'chance'>,
): boolean {
  const left = deathsLeft.get(reading) ?? chance.pick(DEATHS);
  deathsLeft.set(reading, left - 1);
  return left > 0;
}

/** `weir drain`: pauses reads and waits until everything read has been computed. */
import { formatCountOf } from '../../local/report/units.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { brakeOf, pause as pausePart } from '../../operate/brake.ts';
import { drain as drainOf } from '../../operate/drain.ts';
import type { QueueStatus } from '../../operate/status.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseOptions } from '../terminal/options.ts';
import { printJson } from '../terminal/print.ts';
import { say } from './brake-words.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir drain [options]

Pauses reads, as "weir pause reads" does, and waits until no request is being read and no reading waits in its queue.
Requests, also those of the backfill, stay in their queue until "weir resume reads". The command does not wait for readings that are parked in the
table, as those of stopped keys are. Outputs of the last commits may still be on their way through the stream.

${TARGET_HELP}
  --reason TEXT      why
  --wait SECONDS     wait at most this long (default 900)

Exit status 0: at rest. 1: not at rest in time; reads stay paused.
Needs: what "weir pause reads" needs.
Example: weir drain --stack clicks-production --reason "a new key function"`;

export const OPTIONS = { ...TARGET_OPTIONS, reason: { type: 'string' }, wait: { type: 'string' } } as const;

export async function drain(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const waitMs = 1000 * (countOption('wait', values.wait, 1, 86_400) ?? 900);
  const signal = listenForInterruption();
  const now = Date.now();
  return withDeployment(values, async (deployment) => {
    const computes = (await brakeOf(deployment)).find(({ part }) => part === 'computes');
    if (computes?.state === 'paused') {
      throw new OperatorError(
        'computes are paused, so the readings would never be computed: run "weir resume computes" first',
      );
    }
    const reason = values.reason ?? 'weir drain';
    const braked = await pausePart(deployment, 'reads', { reason, until: undefined, now });
    const result = await drainOf(deployment, { waitMs, signal });
    const { requests, backfill } = result;
    if (values.json) printJson({ ...result, reads: braked });
    else {
      say(deployment, braked, 'paused');
      const waiting = formatCountOf(waitingIn(requests) + waitingIn(backfill), 'request');
      const { visible, inFlight, delayed } = result.readings;
      console.log(
        result.atRest
          ? `At rest: all readings are computed. ${waiting} wait for "weir resume reads".`
          : `Not at rest yet: ${formatCountOf(requests.inFlight + (backfill?.inFlight ?? 0), 'request')} in work, ` +
              `${formatCountOf(visible + inFlight + delayed, 'message')} on the readings queue. The same command goes on waiting.`,
      );
    }
    return result.atRest ? 0 : 1;
  });
}

function waitingIn(queue: QueueStatus | undefined): number {
  return queue === undefined ? 0 : queue.visible + queue.delayed;
}

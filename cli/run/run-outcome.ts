/**
 * The outcome of a run as a sentence and an exit status. A run that made no progress or counted nothing has
 * failed.
 */

import { ATTEMPTS } from '../../local/failures.ts';
import { printable } from '../../local/report/printable.ts';
import type { RunRecord, Summary } from '../../local/report/run-record.ts';
import { hasSetAside } from '../../local/report/tables.ts';
import { skippedReadings } from '../../local/report/troubles.ts';
import { formatCountOf } from '../../local/report/units.ts';
import type { Standstill } from '../../local/standstill.ts';
import { FOUND } from '../terminal/print.ts';

/** Exit status of a run that counted nothing. */
export const NOTHING = 4;

export function statusOfRun(summary: Summary): number {
  if (!summary.complete) return 1;
  if (hasSetAside(summary)) return FOUND;
  return summary.applied === 0 ? NOTHING : 0;
}

/** Undefined if something was counted, or if another message explains why not. */
export function nothingCounted(summary: Summary, { items }: RunRecord): string | undefined {
  if (summary.requests === 0) return 'There is nothing to do: the input has no requests.';
  if (statusOfRun(summary) !== NOTHING) return undefined;
  const [most] = skippedReadings(items);
  if (most === undefined) {
    return `Nothing was counted: ${formatCountOf(summary.requests, 'request')} gave no readings.`;
  }
  const skipped = formatCountOf(summary.skipped, 'reading');
  return `Nothing was counted: the pipeline skipped all ${skipped}, the last one because: ${printable(most.reason)}`;
}

export function describeStandstill({ why, reasons }: Standstill, stay: boolean): string {
  const lines = reasons.map((reason) => `  ${printable(reason)}`).join('\n');
  const end = stay ? 'The run stays up.' : 'The run ends.';
  const wait = stay ? 'The run keeps trying.' : 'The run ends. With --patient it keeps trying, as AWS does.';
  if (why === 'cannot start') return `A function cannot start:\n${lines}\n${end}`;
  if (why === 'over budget') {
    const next = stay ? 'The run stays up: "weir resume reads" lets it go on.' : end;
    return `Reads are paused, and requests wait:\n${lines}\n${next}`;
  }
  if (why === 'never answers') {
    return `A function starts, but none of its invocations returns:\n${lines}\n${wait}`;
  }
  return `Everything left has failed ${ATTEMPTS} times or more:\n${lines}\n${wait}`;
}

/** Counts the faults that runs at sources met: a fault that was never drawn proves nothing. */
import type { Saying } from './retry-after.ts';

export type Fault =
  | 'environment died'
  | 'environment died with reads in hand'
  | 'environment stood still'
  | 'environment stood still with reads in hand'
  | 'timers fired late'
  | 'table refused a call'
  | 'table gave no answer'
  | 'item lost'
  | 'source halved'
  | 'read slowed by a crowd'
  | 'straggler'
  | 'request set aside after 13 days'
  | 'request sent anew'
  | `refused, Retry-After: ${Saying}`;

export type FaultCounts = Readonly<Partial<Record<Fault, number>>>;
export type CountFault = (fault: Fault) => void;

export function createFaultCounter() {
  const counts: Partial<Record<Fault, number>> = {};
  const count: CountFault = (fault) => {
    counts[fault] = (counts[fault] ?? 0) + 1;
  };
  return { counts: counts as FaultCounts, count };
}

export function sumOfFaults(all: readonly FaultCounts[]): FaultCounts {
  const sum: Record<string, number> = {};
  for (const counts of all)
    for (const [fault, number] of Object.entries(counts)) sum[fault] = (sum[fault] ?? 0) + number;
  return sum;
}

/** Faults that every run of sufficient length must have met. */
export const FAULTS: readonly Fault[] = [
  'environment died',
  'environment died with reads in hand',
  'environment stood still',
  'environment stood still with reads in hand',
  'timers fired late',
  'table refused a call',
  'table gave no answer',
  'item lost',
  'source halved',
  'read slowed by a crowd',
  'straggler',
  'request set aside after 13 days',
  'request sent anew',
];

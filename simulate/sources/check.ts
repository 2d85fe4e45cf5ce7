/** A short run that reveals faults of the gate or of the reader. */
import type { CountFault } from './fault-counts.ts';

export type Check = (course: Course, must: Must) => Promise<void>;

export interface Course {
  readonly seed: number;
  readonly count: CountFault;
}

/** Reports `what` unless it holds. */
export type Must = (holds: boolean, what: string) => void;

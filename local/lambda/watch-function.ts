/** Reports a function's work to observers while it runs, and its cost to the bill. */
import type { Observation } from '../../functions/ports.ts';
import { meterInvocation } from '../bill/meter.ts';
import type { Calls } from '../gateway/call-counts.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import type { EnvironmentWatch, InvocationReport } from './environment.ts';

export interface LogLine {
  readonly functionName: string;
  readonly environment: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

interface Observed {
  readonly functionName: string;
  readonly environment: number;
  readonly observation: Observation;
}

export interface FunctionWatch {
  readonly onLog?: (line: LogLine) => void;
  readonly onReport?: (report: InvocationReport) => void;
  readonly onObservation?: (observed: Observed) => void;
}

/** Lambda writes a function's error into its log. So does this, even if the run handles the error. */
export function watchFunction(
  { id, name: functionName }: FunctionPlan,
  { onLog, onReport, onObservation }: FunctionWatch,
  calls: Calls,
  observed: (observation: Observation) => void,
) {
  const watch: EnvironmentWatch = {
    onLog: (environment, stream, line) => onLog?.({ functionName, environment, stream, line }),
    onReport: (report) => {
      meterInvocation(calls, id, report.billedMs, report.memoryMb);
      onReport?.(report);
      const { environment, error } = report;
      if (error === undefined) return;
      onLog?.({ functionName, environment, stream: 'stderr', line: `${error.type}: ${error.message}` });
    },
    onObservations: (environment, observations) => {
      for (const observation of observations) {
        observed(observation);
        onObservation?.({ functionName, environment, observation });
      }
    },
  };
  return watch;
}

/**
 * Names of the metrics: sent by functions/metrics.ts, watched by the alarms and the dashboard of infra/, which import
 * this file. A metric that is renamed here is a new one to CloudWatch.
 */
export const METRICS_NAMESPACE = 'Weir';
export const METRICS_DIMENSIONS = ['Pipeline', 'Function'] as const;

/** Every metric and its unit. */
export const METRICS = {
  ReadsDone: 'Count',
  /** Reads that failed and are tried again, and reads that were given up. */
  ReadsFailed: 'Count',
  ReadsDead: 'Count',
  /** Reads that were given up because they made more requests than the pipeline allows. */
  SubmitsRefused: 'Count',
  ReadMs: 'Milliseconds',
  /** Reads that a source refused: 429, 503 or a BusyError. */
  ReadsRefused: 'Count',
  /** Requests that were given back because their source may not be read yet. */
  ReadsWaiting: 'Count',
  /** The longest time for which a source was found closed. */
  SourceClosedMs: 'Milliseconds',
  ReadingsRead: 'Count',
  Commits: 'Count',
  Conflicts: 'Count',
  ComputeMs: 'Milliseconds',
  ReadingsApplied: 'Count',
  ReadingsSkipped: 'Count',
  ReadingsDead: 'Count',
  /** Messages put aside for their key until their turn comes, or until the key is resumed. */
  MessagesParked: 'Count',
  /** New messages of numbers that fell: the readings queue was replaced, or the item comes from elsewhere. */
  NumbersFell: 'Count',
  /** Commits that stopped a key or found it stopped. */
  StoppedKeys: 'Count',
  /** Readings that the shadow of the pipeline computed too, and those of which it made something else or nothing. */
  ShadowReadings: 'Count',
  ShadowDifferent: 'Count',
  /** The largest state committed in the invocation. */
  StateBytes: 'Bytes',
  OutputsWritten: 'Count',
  WritesFailed: 'Count',
  WriteMs: 'Milliseconds',
  /** Messages and records given back, to be delivered again. */
  GivenBack: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;

/** The function that sends a metric. What all of them send is looked up at the one that is asked for most: compute. */
export function stageOf(name: MetricName): 'reader' | 'compute' | 'writer' {
  if (/^(Read(s|Ms|ingsRead)|Source|Submits)/.test(name)) return 'reader';
  return /^(Outputs|Write)/.test(name) ? 'writer' : 'compute';
}

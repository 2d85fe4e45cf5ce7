/**
 * Names of the metrics. functions/metrics.ts sends them; the alarms and the dashboard of infra/ use them. A renamed metric is a
 * new metric to CloudWatch.
 */
export const METRICS_NAMESPACE = 'Weir';
export const METRICS_DIMENSIONS = ['Pipeline', 'Function'] as const;

/** Every metric and its unit. */
export const METRICS = {
  ReadsDone: 'Count',
  /** Reads that failed and are tried again, and reads whose request went to the dead-letter queue. */
  ReadsFailed: 'Count',
  ReadsDead: 'Count',
  /** Requests that were set aside because their chain has more submitted requests than the pipeline allows. */
  SubmitsRefused: 'Count',
  ReadMs: 'Milliseconds',
  /** Reads that a source refused: 429, 503 or a BusyError. */
  ReadsRefused: 'Count',
  /** Requests that went back to the queue because their source may not be read yet. */
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
  /** Messages that were parked until their turn comes, or until their key is resumed. */
  MessagesParked: 'Count',
  /** New messages with a lower sequence number: the readings queue was replaced, or the item comes from another table. */
  NumbersFell: 'Count',
  /** Commits that stopped a key or found it stopped. */
  StoppedKeys: 'Count',
  /** Readings that the shadow of the pipeline computed too, and those that it computed differently or threw on. */
  ShadowReadings: 'Count',
  ShadowDifferent: 'Count',
  /** The largest state committed in the invocation. */
  StateBytes: 'Bytes',
  OutputsWritten: 'Count',
  WritesFailed: 'Count',
  WriteMs: 'Milliseconds',
  /** Messages and records that went back, to be delivered again. */
  GivenBack: 'Count',
} as const;

export type MetricName = keyof typeof METRICS;

/** The function that sends a metric. For a metric that all functions send, this is compute. */
export function stageOf(name: MetricName): 'reader' | 'compute' | 'writer' {
  if (/^(Read(s|Ms|ingsRead)|Source|Submits)/.test(name)) return 'reader';
  return /^(Outputs|Write)/.test(name) ? 'writer' : 'compute';
}

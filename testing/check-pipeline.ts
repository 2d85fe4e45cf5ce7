/** The findings of `weir check`: problems, whether order matters, and whether states can be merged. */
import type { Pipeline } from '../functions/pipeline.ts';
import { checkRecorded, foldRecorded } from './check-compute.ts';
import { checkOptions } from './options.ts';
import { findOrderSensitivity } from './order.ts';
import { recordRequests } from './record.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { collectFindings, type Finding } from './report.ts';
import { type Suggestion, suggestMerge } from './suggest-merge.ts';

export interface CheckReport {
  readonly readings: number;
  readonly keys: number;
  readonly problems: readonly Finding[];
  /** How the result differs in another order; undefined if no difference was found. */
  readonly order: Finding | undefined;
  /** A possible merge for a pipeline that has none. */
  readonly suggestion: Suggestion | undefined;
}

export async function checkRequestsOf(pipeline: Pipeline, requests: string): Promise<CheckReport> {
  const options = checkOptions(pipeline, { requests });
  return checkReadings(pipeline, await recordRequests(pipeline, options, options.from));
}

/** If compute gives different results on repetition, only that is reported: nothing else can be tested. */
export function checkReadings(pipeline: Pipeline, requests: readonly RecordedRequest[]): CheckReport {
  const { problems, readings, keys } = checkRecorded(pipeline, requests, { requests: [] });
  const isRepeatable = !problems.some(({ kind }) => kind === 'not deterministic' || kind === 'not pure');
  const common = { readings, keys, problems };
  if (!isRepeatable) return { ...common, order: undefined, suggestion: undefined };
  const unseen = collectFindings();
  const folds = foldRecorded(pipeline, requests, { problems: unseen, poison: unseen, asked: new Set() });
  const suggestion = pipeline.merge === undefined ? suggestMerge(pipeline, folds) : undefined;
  return { ...common, order: findOrderSensitivity(pipeline, folds), suggestion };
}

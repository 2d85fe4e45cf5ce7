/**
 * Tests compute alone, without faults: folds every key plainly, and then folds the same readings again in
 * each way in which Weir may compute them. All results must be equal.
 */
import type { Pipeline } from '../functions/pipeline.ts';
import { foldPlainly } from './fold-key.ts';
import { findGrowth } from './growth.ts';
import { findFalseMerge } from './merge-law.ts';
import { checkOptions, type TestOptions } from './options.ts';
import { findOrderSensitivity } from './order.ts';
import type { Incoming, PlainFold } from './plain-fold.ts';
import { findImpurity } from './purity.ts';
import { recordRequests } from './record.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { type ComputeReport, collectFindings, type Finding } from './report.ts';
import { inOrder } from './turns.ts';

export async function checkCompute(pipeline: Pipeline, options: TestOptions): Promise<ComputeReport> {
  const checked = checkOptions(pipeline, options);
  return checkRecorded(pipeline, await recordRequests(pipeline, checked, checked.from), checked);
}

export function checkRecorded(
  pipeline: Pipeline,
  requests: readonly RecordedRequest[],
  options: TestOptions,
): ComputeReport {
  const problems = collectFindings();
  const notices = collectFindings();
  const asked = new Set<string>();
  const poison = options.poison === 'allowed' ? notices : problems;
  const folds = foldRecorded(pipeline, requests, { problems, poison, asked });
  // A compute that depends on chance, time or hidden state cannot be compared further, so one finding is
  // enough.
  const isRepeatable = () => !problems.has('not deterministic') && !problems.has('not pure');
  if (isRepeatable()) findImpurity(pipeline, folds, asked, problems);
  if (asked.size > 0 && !problems.has('not deterministic')) notices.add(askedInVain(asked));
  if (isRepeatable()) {
    const falseMerge = pipeline.merge && findFalseMerge(pipeline, folds);
    if (falseMerge !== undefined) problems.add(falseMerge);
    const sensitivity = findOrderSensitivity(pipeline, folds);
    if (sensitivity !== undefined && options.orderSensitive === false) problems.add(sensitivity);
    else if (sensitivity !== undefined && pipeline.order.by === 'arrival') notices.add(sensitivity);
    for (const finding of findGrowth(folds)) (options.growing === false ? problems : notices).add(finding);
  }
  return {
    problems: problems.list(),
    notices: notices.list(),
    requests: requests.length,
    readings: folds.reduce((sum, { readings }) => sum + readings.length, 0),
    keys: folds.length,
    states: new Map(folds.map(({ key, states }) => [key, JSON.parse(states.at(-1) ?? 'null')])),
    outputs: new Map(folds.map(({ key, outputs }) => [key, outputs.map((text) => JSON.parse(text))])),
  };
}

/** One plain fold for each key. */
export function foldRecorded(
  pipeline: Pipeline,
  requests: readonly RecordedRequest[],
  finds: Parameters<typeof foldPlainly>[3],
): PlainFold[] {
  const readings = inOrder(requests).flatMap((request) => request.readings.map(toIncoming(request)));
  const byKey = Map.groupBy(readings, ({ key }) => key);
  return [...byKey].map(([key, own]) => foldPlainly(pipeline, key, own, finds));
}

/** Epoch ms, constant so that every run gives the same fold. */
const SENT_AT = Date.UTC(2026, 0, 1);

function toIncoming({ n, id, foundId }: RecordedRequest) {
  return (reading: RecordedRequest['readings'][number]): Incoming => ({
    ...reading,
    request: id ?? foundId ?? `request-${n}`,
    sentAt: SENT_AT,
  });
}

/** A notice only: other readings might show a difference. */
function askedInVain(asked: ReadonlySet<string>): Finding {
  return {
    kind: 'not deterministic',
    text: `compute used ${[...asked].join(' and ')}, but the result was the same for these readings`,
    wayOut: 'Get such values in read, and put them into the reading.',
  };
}

/**
 * Looks at compute alone, without any faults: the plain fold of every key, and beside it the same readings once more in
 * each of the ways in which Weir may come to compute them. All of them have to end alike.
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
  // What depends on chance, time or hidden things is not comparable with itself: one finding says it all.
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

/** Key by key. */
export function foldRecorded(
  pipeline: Pipeline,
  requests: readonly RecordedRequest[],
  finds: Parameters<typeof foldPlainly>[3],
): PlainFold[] {
  const readings = inOrder(requests).flatMap((request) => request.readings.map(toIncoming(request)));
  const byKey = Map.groupBy(readings, ({ key }) => key);
  return [...byKey].map(([key, own]) => foldPlainly(pipeline, key, own, finds));
}

/** Always the same time: the fold is to be the same on every run. */
const SENT_AT = Date.UTC(2026, 0, 1);

function toIncoming({ n, id, foundId }: RecordedRequest) {
  return (reading: RecordedRequest['readings'][number]): Incoming => ({
    ...reading,
    request: id ?? foundId ?? `request-${n}`,
    sentAt: SENT_AT,
  });
}

/** The readings of a test may be the wrong ones to show it. */
function askedInVain(asked: ReadonlySet<string>): Finding {
  return {
    kind: 'not deterministic',
    text: `compute asked for ${[...asked].join(' and ')}, which made no difference to these readings`,
    wayOut: 'Take such things in read, and let the reading carry them.',
  };
}

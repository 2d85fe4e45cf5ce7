/**
 * `weir check`: whether a pipeline depends on the order of its readings, and whether its states can be
 * merged.
 */

import { decodeMessage } from '../../functions/decode-readings.ts';
import { encodeJson } from '../../functions/json.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { formatCountOf } from '../../local/report/units.ts';
import { checkRequests } from '../../model/request-file.ts';
import { recordedReadings } from '../../operate/recording.ts';
import { type CheckReport, checkReadings, checkRequestsOf } from '../../testing/check-pipeline.ts';
import type { RecordedRequest } from '../../testing/recorded-request.ts';
import { tellFindings } from '../../testing/report.ts';
import type { Suggestion } from '../../testing/suggest-merge.ts';
import { onlyPipeline, pipelineOf } from '../run/pipeline-option.ts';
import { parseOptions, UsageError } from '../terminal/options.ts';
import { FOUND, printJson } from '../terminal/print.ts';

const HELP = `weir check (--requests-file FILE | --readings FILE) [options]

Tests a pipeline with your readings: does their order matter? Is its merge right, or which merge would be? It computes the
readings in every split and in other orders, and shows the smallest example that is wrong. It sends nothing and injects no
faults: for that see weir simulate. A merge that is right for these readings may be wrong for others.

  --pipeline NAME|FILE   the pipeline (default: the only one in pipelines/)
  --requests-file FILE   requests, one a line (weir help submit shows the format); each is read for real
  --readings FILE        readings, one a line: {"reading": {...}}, with "key" in order 'request'
  --json                 print the findings as JSON

Exit status 0: no problem. 3: compute or merge has one. 1: it failed.
Examples: weir check --pipeline pipelines/mine.ts --readings readings.ndjson
          weir check --requests-file requests.ndjson`;

export const OPTIONS = {
  pipeline: { type: 'string' },
  'requests-file': { type: 'string' },
  readings: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export async function check(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { 'requests-file': requests, readings } = values;
  if ((requests === undefined) === (readings === undefined))
    throw new UsageError('give one of --requests-file FILE and --readings FILE');
  const { path } = values.pipeline === undefined ? onlyPipeline() : pipelineOf(values.pipeline);
  if (requests !== undefined) await checkRequests(requests);
  const { loadPipeline } = await import('../../infra/bundling/load-pipeline.ts');
  const pipeline = await loadPipeline(path);
  const found =
    requests === undefined
      ? checkReadings(pipeline, await readingsIn(readings ?? '', pipeline))
      : await checkRequestsOf(pipeline, requests);
  if (values.json) {
    const suggestion =
      found.suggestion?.kind === 'holds' ? Object.fromEntries(found.suggestion.rules) : undefined;
    printJson({ pipeline: pipeline.name, ...found, merge: mergeOf(pipeline, found), suggestion });
  } else report(pipeline, found);
  return found.problems.length === 0 ? 0 : FOUND;
}

/** Each reading as a separate request. */
async function readingsIn(file: string, pipeline: Pipeline): Promise<RecordedRequest[]> {
  const { signal } = new AbortController();
  const requests: RecordedRequest[] = [];
  for await (const { key, message } of recordedReadings(file, { pipeline, signal })) {
    const n = requests.length + 1;
    const readings = decodeMessage(message.body).readings.map((reading) => ({
      ...{ key, n, place: 1 },
      text: encodeJson(reading, 'a reading'),
    }));
    requests.push({ n, id: undefined, foundId: undefined, turn: undefined, refused: undefined, readings });
  }
  if (requests.length === 0) throw new UsageError(`${file} contains no readings`);
  return requests;
}

function report(pipeline: Pipeline, found: CheckReport): void {
  const { problems, order, readings, keys } = found;
  console.log(`${pipeline.name}: ${formatCountOf(readings, 'reading')} of ${formatCountOf(keys, 'key')}.`);
  if (order !== undefined) console.log(`Order: it matters.\n${tellFindings([order])}`);
  else if (isRepeatable(found))
    console.log('Order: every order of these readings that was tried gives the same state.');
  console.log(`Merge: ${pipeline.merge === undefined ? suggested(found) : judged(found)}`);
  if (problems.length > 0) console.log(`Found:\n${tellFindings(problems)}`);
}

type Merge = 'holds' | 'false' | 'not looked at' | Suggestion['kind'];

function mergeOf({ merge }: Pipeline, found: CheckReport): Merge {
  if (!isRepeatable(found)) return 'not looked at';
  if (merge === undefined) return found.suggestion?.kind ?? 'not looked at';
  return found.problems.some(({ kind }) => kind === 'false merge') ? 'false' : 'holds';
}

function isRepeatable({ problems }: CheckReport): boolean {
  return !problems.some(({ kind }) => kind === 'not deterministic' || kind === 'not pure');
}

function judged(found: CheckReport): string {
  if (!isRepeatable(found)) return 'fix compute first.';
  return found.problems.some(({ kind }) => kind === 'false merge')
    ? 'it does not hold.'
    : 'it holds for these readings, in every split that was tried.';
}

function suggested({ suggestion }: CheckReport): string {
  switch (suggestion?.kind) {
    case undefined:
      return 'there is none; fix compute before you write one.';
    case 'uses':
      return `there is none, and none is possible: compute uses ${suggestion.example} of its context (docs/merge.md).`;
    case 'none':
      return `there is none, and none is possible: ${suggestion.example}. The state holds too little about its readings.`;
    case 'unknown':
      return `there is none, and no simple rule was found for ${placeOf(suggestion.place)}: ${suggestion.example}.`;
    case 'holds':
      return `there is none. For these readings this one would hold (docs/merge.md):\n${rulesOf(suggestion.rules)}`;
  }
}

function rulesOf(rules: ReadonlyMap<string, string>): string {
  return [...rules].map(([place, rule]) => `  ${placeOf(place)}: ${rule}`).join('\n');
}

function placeOf(place: string): string {
  return place === '' ? 'the state' : place;
}

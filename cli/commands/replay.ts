/** `weir replay`: what this folder's compute would make of recorded readings, before it is deployed. */
import { stat } from 'node:fs/promises';
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { checkRequests } from '../../model/request-file.ts';
import { loadStates } from '../../model/saved-states.ts';
import { storeOf } from '../../operate/keys.ts';
import { type RecordingOptions, recordedReadings, recordedRequests } from '../../operate/recording.ts';
import {
  type KeyReplay,
  type OldState,
  replay as replayReadings,
  type StateOf,
} from '../../operate/replay.ts';
import { begun, savedStates } from '../../operate/saved-states.ts';
import { pipelineOf } from '../run/pipeline-option.ts';
import { parseOptions, UsageError } from '../terminal/options.ts';
import { assertWritable, saveFile } from '../terminal/output-file.ts';
import { FOUND, printJson, printTable, quote, styled } from '../terminal/print.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir replay --pipeline NAME|FILE (--readings FILE | --requests FILE) [options]

Computes recorded readings with the code in this folder, from the beginning of each key, and compares the states with the
deployed ones or with a saved file. It writes nothing except the file of --save. Give it one of
  readings   one a line: {"key": "blog", "reading": {...}}, with "request" and "sentAt" if compute uses them
  requests   as for weir submit; it reads them again now, in the order of the file
A deployed state of an older version (state.version of the pipeline) is migrated before it is compared. Keys without a
recorded reading are not compared.

  --pipeline NAME|FILE   a pipeline of infra/config.ts, or a file
  --states FILE          compare with this file: {"key": "blog", "state": {...}} a line, as --save writes it
  --save FILE            write the computed states; without --states or --stack nothing is compared
${TARGET_HELP}

Exit status 0: all states are the same. 3: some differ. 1: it failed.
Needs (without --states): cloudformation:DescribeStacks, dynamodb:GetItem.
Examples: weir replay --pipeline clicks --requests day.ndjson --save old.ndjson      before you change the code
          weir replay --pipeline clicks --requests day.ndjson --states old.ndjson    after it
          weir replay --pipeline clicks --readings recorded.ndjson --stack clicks-production`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  pipeline: { type: 'string' },
  readings: { type: 'string' },
  requests: { type: 'string' },
  states: { type: 'string' },
  save: { type: 'string' },
} as const;

export async function replay(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { readings, requests, states, save, stack, region } = values;
  if (values.pipeline === undefined) throw new UsageError('--pipeline NAME|FILE is missing');
  if ((readings === undefined) === (requests === undefined)) {
    throw new UsageError('give one of --readings FILE and --requests FILE');
  }
  if (states !== undefined && stack !== undefined)
    throw new UsageError('give one of --states and --stack, not both');
  await assertWritable({ save });
  // A never-aborted signal: nothing needs an orderly end, and an endless compute would block the listener.
  // Ctrl-C just ends it.
  const { signal } = new AbortController();
  const { loadPipeline } = await import('../../infra/bundling/load-pipeline.ts');
  const pipeline = await loadPipeline(pipelineOf(values.pipeline).path);
  const options = { pipeline, signal };
  // Checks all files before it connects to the deployment, so that every problem is reported at once.
  if (requests !== undefined) await checkRequests(requests, pipeline.numbers);
  else await checkReadings(readings ?? '', options);
  const known = states === undefined ? undefined : await loadStates(states, pipeline.numbers);
  const replayAgainst = async (stateOf: StateOf) => {
    const recording =
      requests === undefined
        ? recordedReadings(readings ?? '', options)
        : recordedRequests(requests, options);
    const keys = await replayReadings(pipeline, recording, stateOf);
    if (save !== undefined) await saveFile(save, savedStates(keys, pipeline.state.version));
    return keys;
  };
  const compare = async (stateOf: StateOf) => {
    const keys = await replayAgainst(stateOf);
    return values.json ? reportJson(keys) : report(keys);
  };
  if (known !== undefined) return compare(stateIn(known));
  // States are only saved: there is nothing to compare them with.
  if (save !== undefined && stack === undefined && region === undefined) {
    const keys = await replayAgainst(async () => undefined);
    if (values.json) printJson(keys);
    else reportSaved(keys, save);
    return 0;
  }
  // --pipeline is the file here; --stack STACK/PIPELINE names the one on AWS.
  return withDeployment({ stack, region }, (deployment) => {
    const store = storeOf(deployment);
    return compare((key) => store.load(key));
  });
}

/** A pipe can be read only once, so its lines are checked as they are folded. */
async function checkReadings(file: string, options: RecordingOptions): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return;
  for await (const _ of recordedReadings(file, options));
}

function stateIn(states: ReadonlyMap<string, OldState>): StateOf {
  return async (key) => states.get(key);
}

function statusOf(keys: readonly KeyReplay[]): number {
  return keys.every(({ verdict }) => verdict === 'same') ? 0 : FOUND;
}

function reportJson(keys: readonly KeyReplay[]): number {
  printJson(keys);
  return statusOf(keys);
}

const DIFFERENCES_SHOWN = 3;

function report(keys: readonly KeyReplay[]): number {
  if (keys.length === 0) {
    console.log('Nothing was recorded: there is nothing to compare.');
    return 0;
  }
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'key', width: 30 },
      { title: 'applied', ...right },
      { title: 'skipped', ...right },
      { title: 'dead', ...right },
      { title: 'state' },
      { title: 'old -> new' },
    ],
    keys.map((key) => [
      key.key,
      ...[key.counts.applied, key.counts.skipped, key.counts.dead].map(formatCount),
      key.verdict,
      describe(key),
    ]),
  );
  const different = keys.filter(({ verdict }) => verdict !== 'same').length;
  const text = `\n  ${formatCountOf(keys.length, 'key')}, ${formatCount(different)} not the same`;
  console.log(styled(different === 0 ? 'green' : 'yellow', text));
  return statusOf(keys);
}

/** Without verdicts, because nothing was compared. A stop is reported all the same. */
function reportSaved(keys: readonly KeyReplay[], file: string): void {
  const problems = keys.filter(({ problem }) => problem !== undefined);
  for (const { key, verdict, problem = '' } of problems) {
    console.log(
      `  ${quote(key)} ${verdict === 'stopped' ? 'stops' : 'set a reading aside'}: ${quote(problem)}`,
    );
  }
  console.log(`${formatCountOf(begun(keys).length, 'state')} saved to ${quote(file)}, nothing compared.`);
}

function describe({ verdict, problem, differences }: KeyReplay): string {
  const shown = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map((each) => `${each.path === '' ? 'all' : each.path}: ${brief(each.old)} -> ${brief(each.new)}`);
  const more = differences.length - shown.length;
  return [
    ...(verdict === 'stopped' ? [`stops: ${problem ?? ''}`] : []),
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(verdict !== 'stopped' && problem !== undefined ? [`set aside: ${problem}`] : []),
  ].join(', ');
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? quote(`${text.slice(0, 39)}…`) : text;
}

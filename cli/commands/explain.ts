/** `weir explain KEY`: how a key came to its state. */

import type { KeyItem } from '../../functions/state.ts';
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { type Bisected, bisect } from '../../operate/bisect.ts';
import { loadItem } from '../../operate/keys.ts';
import { recordedReadings, recordedRequests } from '../../operate/recording.ts';
import { pipelineOf } from '../run/pipeline-option.ts';
import { parseCommand, UsageError, words } from '../terminal/options.ts';
import { FOUND, printJson, printPairs, printTable, printValue, quote, styled } from '../terminal/print.ts';
import { describeEntry } from './history-entry.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';
import { conditionOption } from './where-option.ts';

const HELP = `weir explain KEY [options]

Shows the newest commits of a key: the requests of each, their numbers of readings, the time and the results. The pipeline
sets how many commits the item lists (history: 50); without it only the newest version is known. The list has no values:
"weir state" shows the state, and --bisect goes through recorded readings.

${TARGET_HELP}

--bisect uses no deployment. It computes recorded readings of the key one by one, with the code in this folder:
  --bisect EXPR          find the first reading after which this holds for the state, such as 'total < 0'
  --pipeline NAME|FILE   with --bisect: the pipeline, by its file or a name of infra/config.ts
  --readings FILE        one a line, as for weir replay
  --requests FILE        or requests, as for weir submit; they are read again now

Exit status 0: shown, or found. 3: --bisect found no such reading. 1: it failed, or there is no such key.
Needs (without --bisect): cloudformation:DescribeStacks, dynamodb:GetItem.
Examples: weir explain meter-4 --stack energy-production
          weir explain meter-4 --bisect 'total < 0' --pipeline pipelines/energy.ts --readings day.ndjson`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  bisect: { type: 'string' },
  readings: { type: 'string' },
  requests: { type: 'string' },
} as const;

export async function explain(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [key = ''] = words(positionals, 'KEY');
  const { bisect: text, readings, requests, pipeline } = values;
  if (text === undefined) {
    if ((readings ?? requests) !== undefined)
      throw new UsageError('--readings and --requests go with --bisect');
    return withDeployment(values, async (deployment) => {
      const item = await loadItem(deployment, key);
      if (values.json)
        printJson({ key, version: item.version, commits: item.commits ?? [], history: item.history });
      else printCommits(item);
      return 0;
    });
  }
  const holds = conditionOption('--bisect', text);
  if (pipeline === undefined)
    throw new UsageError('--bisect needs --pipeline NAME|FILE: the code to compute with');
  if ((readings === undefined) === (requests === undefined))
    throw new UsageError('give one of --readings FILE and --requests FILE');
  const { loadPipeline } = await import('../../infra/bundling/load-pipeline.ts');
  const loaded = await loadPipeline(pipelineOf(pipeline).path);
  const options = { pipeline: loaded, signal: new AbortController().signal };
  const recording =
    requests === undefined ? recordedReadings(readings ?? '', options) : recordedRequests(requests, options);
  const found = await bisect(loaded, key, recording, holds);
  if (values.json) printJson(found);
  else printFound(found, key, text);
  return found.first === undefined ? FOUND : 0;
}

function printCommits({ key, version, commits = [], history, outputs }: KeyItem): void {
  printPairs([
    ['key', key],
    ['version', formatCount(version)],
    ['outputs', `${formatCountOf(outputs.length, 'output')} of this version`],
    ...history.map(describeEntry),
  ]);
  if (commits.length === 0) {
    console.log('No commits are named: set history, such as history: 50, in the definition of the pipeline.');
    return;
  }
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'version', ...right },
      { title: 'newest reading sent' },
      { title: 'applied', ...right },
      { title: 'skipped', ...right },
      { title: 'dead', ...right },
      { title: 'outputs', ...right },
      { title: 'requests (readings)' },
    ],
    commits.map((commit) => [
      formatCount(commit.version),
      new Date(commit.at).toISOString(),
      ...[commit.applied, commit.skipped, commit.dead, commit.outputs].map(formatCount),
      requestsIn(commit),
    ]),
  );
}

function requestsIn({ requests, others, woken }: NonNullable<KeyItem['commits']>[number]): string {
  const named = requests.map(({ request, readings }) => `${request} (${formatCount(readings)})`);
  return [
    ...named,
    ...(others === 0 ? [] : [`and ${formatCountOf(others, 'request')} more`]),
    ...(woken === 0 ? [] : [`of these ${formatCountOf(woken, 'wake')}`]),
  ].join(', ');
}

function printFound({ readings, first }: Bisected, key: string, text: string): void {
  if (first === undefined) {
    console.log(
      `${quote(text)} holds after none of the ${formatCountOf(readings, 'reading')} of ${quote(key)}.`,
    );
    return;
  }
  const { request, number, reading, before, after } = first;
  console.log(
    `${quote(text)} holds after reading ${formatCount(number)} of ${quote(key)}, and after none before it.`,
  );
  printPairs([['request', request]]);
  for (const [title, value] of [
    ['reading', reading],
    ['state before', before],
    ['state after', after],
  ] as const) {
    console.log(styled('dim', `  ${title}`));
    printValue(value);
  }
}

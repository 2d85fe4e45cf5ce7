/** `weir keys`: the keys of a deployment. */
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { type KeySummary, listKeys } from '../../operate/keys.ts';
import { countByStateVersion } from '../../operate/migrate.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseOptions, UsageError } from '../terminal/options.ts';
import { printJson, printTable } from '../terminal/print.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';
import { whereOption } from './where-option.ts';

const HELP = `weir keys [options]

Lists the keys, in no order. It scans the table up to the limit, and AWS bills that scan.

${TARGET_HELP}
  --limit N          list at most N keys (default 1000)
  --prefix TEXT      only keys that begin with TEXT
  --trouble          only keys that are stopped or have parked messages
  --where EXPR       only keys whose state matches: a path, one of = != > >= < <=, and a JSON value
  --count            instead of a list: how many keys have a state of each version. It scans the whole table

Exit status 0. Needs: cloudformation:DescribeStacks, dynamodb:Scan.
Examples: weir keys --prefix blog
          weir keys --where 'count > 3'
          weir keys --where 'lines[0].name = "a"'
          weir keys --trouble --stack clicks-production --json
          weir keys --count`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  limit: { type: 'string' },
  prefix: { type: 'string', default: '' },
  trouble: { type: 'boolean', default: false },
  where: { type: 'string' },
  count: { type: 'boolean', default: false },
} as const;

export async function keys(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const limit = countOption('limit', values.limit, 1, 10_000_000) ?? 1000;
  const where = whereOption(values.where);
  const signal = listenForInterruption();
  if (values.count) {
    if (values.prefix !== '' || values.trouble || where !== undefined || values.limit !== undefined)
      throw new UsageError('--count counts all keys: leave out --prefix, --trouble, --where and --limit');
    return withDeployment(values, (deployment) => printCounts(deployment, values.json, signal));
  }
  return withDeployment(values, async (deployment) => {
    const { prefix, trouble: inTrouble } = values;
    const list = await listKeys(deployment, { limit, prefix, inTrouble, signal, ...(where && { where }) });
    if (values.json) {
      printJson(list);
      return 0;
    }
    if (list.keys.length === 0) console.log(`${deployment.name} has no such keys.`);
    else printKeys(list.keys);
    if (!list.complete) console.log(`There are more: --limit ${formatCount(limit)} was reached.`);
    else if (list.keys.length > 0) console.log(`\n  ${formatCountOf(list.keys.length, 'key')}`);
    return 0;
  });
}

async function printCounts(deployment: Deployment, json: boolean, signal: AbortSignal): Promise<number> {
  const counts = [...(await countByStateVersion(deployment, signal))];
  if (json) printJson(counts.map(([stateVersion, keys]) => ({ stateVersion, keys })));
  else if (counts.length === 0) console.log(`No key of ${deployment.name} has a state.`);
  else
    printTable(
      [
        { title: 'state version', align: 'right' },
        { title: 'keys', align: 'right' },
      ],
      counts.map(([stateVersion, keys]) => [formatCount(stateVersion), formatCount(keys)]),
    );
  return 0;
}

export function printKeys(list: readonly KeySummary[]): void {
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'key', width: 40 },
      { title: 'version', ...right },
      { title: 'applied', ...right },
      { title: 'skipped', ...right },
      { title: 'dead', ...right },
      { title: 'parked', ...right },
      { title: 'stopped, or what it waits for' },
    ],
    list.map(({ key, version, counts: { applied, skipped, dead }, parked, stopped, waiting }) => [
      key,
      formatCount(version),
      formatCount(applied),
      formatCount(skipped),
      formatCount(dead),
      formatCount(parked),
      stopped ?? (waiting === undefined ? '' : describeWaiting(waiting)),
    ]),
  );
}

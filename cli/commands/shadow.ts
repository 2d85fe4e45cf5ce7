/** `weir shadow`: what another compute makes of the readings of a deployment. */
import type { ShadowFinding } from '../../functions/compute/shadow/findings.ts';
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { type KeyShadow, listShadows, loadShadow, type ShadowList } from '../../operate/shadow.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseCommand, words } from '../terminal/options.ts';
import { FOUND, printJson, printPairs, printTable, quote, styled } from '../terminal/print.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir shadow [KEY] [options]

Shows where the shadow of a pipeline differs (shadow: FILE of the construct, --shadow FILE of weir run). Without a key it
lists the keys that the shadow computed, each with a verdict. With a key it shows the readings with another result, and the
state and outputs of both. It scans the table, and AWS bills that scan.
  equal       every reading gave the same state, outputs and wakes
  slower      the same results, but the shadow took at least twice the time for most readings, and for at least 20
  different   some reading gave another result
  threw       the shadow threw on some reading, and the pipeline did not
  missed      no commit was compared: there was no time, or the shadow did not end

${TARGET_HELP}
  --limit N          list at most N keys (default 1000)

Exit status 0: all are equal. 3: some are not. Needs: cloudformation:DescribeStacks, dynamodb:Scan; with KEY dynamodb:GetItem.
Examples: weir shadow
          weir shadow blog --stack clicks-production`;

export const OPTIONS = { ...TARGET_OPTIONS, limit: { type: 'string' } } as const;

export async function shadow(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const limit = countOption('limit', values.limit, 1, 10_000_000) ?? 1000;
  const [key, ...others] = positionals;
  if (others.length > 0) words(positionals, 'KEY');
  const signal = listenForInterruption();
  return withDeployment(values, async (deployment) => {
    if (key !== undefined) {
      const found = await loadShadow(deployment, key);
      if (values.json) printJson(found);
      else printKey(found);
      return statusOf([found]);
    }
    const list = await listShadows(deployment, { limit, signal });
    if (values.json) printJson(list);
    else printList(list, deployment.name, limit);
    return statusOf(list.keys);
  });
}

function statusOf(keys: readonly KeyShadow[]): number {
  return keys.every(({ verdict }) => verdict === 'equal') ? 0 : FOUND;
}

function printList({ keys, complete }: ShadowList, name: string, limit: number): void {
  if (keys.length === 0) {
    console.log(`${name} has no shadow, or it has computed nothing yet.`);
    return;
  }
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'key', width: 30 },
      { title: 'shadow' },
      { title: 'readings', ...right },
      { title: 'different', ...right },
      { title: 'threw', ...right },
      { title: 'missed', ...right },
      { title: 'first reading' },
    ],
    keys.map((each) => [
      each.key,
      each.verdict,
      ...[each.readings, each.different, each.threw, each.missed].map(formatCount),
      each.findings[0] === undefined ? '' : nameOf(each.findings[0]),
    ]),
  );
  if (!complete) console.log(`There are more: --limit ${formatCount(limit)} was reached.`);
  const unequal = keys.filter(({ verdict }) => verdict !== 'equal').length;
  const text = `\n  ${formatCountOf(keys.length, 'key')}, ${formatCount(unequal)} not equal`;
  console.log(styled(unequal === 0 ? 'green' : 'yellow', text));
}

function printKey(found: KeyShadow): void {
  const { readings, commits, missed, different, threw, realMs, shadowMs, trouble } = found;
  printPairs([
    ['key', found.key],
    ['shadow', found.verdict],
    ['since', new Date(found.since).toISOString()],
    [
      'compared',
      `${formatCountOf(readings, 'reading')} in ${formatCountOf(commits, 'commit')}, up to version ${formatCount(found.version)}`,
    ],
    ['missed', formatCountOf(missed, 'commit')],
    ['different', formatCountOf(different, 'reading')],
    ['threw', formatCountOf(threw, 'reading')],
    ['time', `${perReading(realMs, readings)} a reading, the shadow ${perReading(shadowMs, readings)}`],
    ...(trouble === undefined
      ? []
      : [['trouble', `version ${formatCount(trouble.version)}: ${trouble.reason}`] as const]),
  ]);
  for (const finding of found.findings) printFinding(finding);
  const shown = found.findings.length;
  if (shown < different + threw)
    console.log(styled('dim', `  The first ${shown} of ${formatCount(different + threw)} are kept.`));
}

function printFinding(finding: ShadowFinding): void {
  const { version, threw, changes = [] } = finding;
  console.log(styled('dim', `  ${nameOf(finding)}, version ${formatCount(version)}`));
  if (threw !== undefined) printPairs([['threw', threw]]);
  for (const { path, old = 'nothing', new: next = 'nothing' } of changes)
    printPairs([[path, `${old} -> ${next}`]]);
}

function nameOf({ request, chunk, of, index }: ShadowFinding): string {
  const message = of === 1 ? '' : ` of message ${chunk + 1} of ${of}`;
  return `reading ${index + 1}${message} of request ${quote(request)}`;
}

function perReading(ms: number, readings: number): string {
  return `${(ms / Math.max(1, readings)).toFixed(3)} ms`;
}

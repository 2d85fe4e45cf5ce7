/** `weir state KEY`: everything that is kept of a key. */
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { type KeyState, loadKey } from '../../operate/keys.ts';
import { describeWaiting, waitingOf } from '../../operate/waiting.ts';
import { parseCommand, words } from '../terminal/options.ts';
import { asStored, printJson, printPairs, printValue, styled } from '../terminal/print.ts';
import { describeEntry } from './history-entry.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir state KEY [options]

Shows the committed state of a key: its version, the version of its shape, the numbers of applied, skipped and dead
readings, its receipts, its parked messages, its forgets and resets, and why it is stopped if it is. The read is strongly
consistent.

${TARGET_HELP}

Exit status 0; 1: there is no such key. Needs: cloudformation:DescribeStacks, dynamodb:GetItem, dynamodb:Query.
Examples: weir state blog
          weir state blog --stack clicks-production --json`;

export const OPTIONS = TARGET_OPTIONS;

export async function state(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [key = ''] = words(positionals, 'KEY');
  return withDeployment(values, async (deployment) => {
    const found = await loadKey(deployment, key);
    if (values.json) printJson(jsonOf(found));
    else print(found);
    return 0;
  });
}

function jsonOf({ item, receipts }: KeyState) {
  const { key, version, lineage, stateVersion, counts, parked, stopped, lastSkip } = item;
  const { next, sequenceNumber, forgotten, history } = item;
  const kept = { key, version, lineage, stateVersion, state: stateOf(item), counts, receipts, parked };
  const waiting = waitingOf(item);
  return { ...kept, stopped, waiting, lastSkip, next, sequenceNumber, forgotten, history };
}

function print({ item, receipts }: KeyState): void {
  const { key, version, stateVersion, counts, parked, stopped, lastSkip, next, forgotten, history } = item;
  const waiting = waitingOf(item);
  printPairs([
    ['key', key],
    ['version', formatCount(version)],
    ['state version', formatCount(stateVersion)],
    ['applied', formatCount(counts.applied)],
    ['skipped', formatCount(counts.skipped) + (lastSkip === '' ? '' : `, the last one: ${lastSkip}`)],
    ['dead', formatCount(counts.dead)],
    [
      'receipts',
      `${formatCountOf(receipts, 'message')} ${receipts === 1 ? 'is' : 'are'} proved to be applied`,
    ],
    ['parked', formatCount(parked)],
    ...(next.sequence === 1 && next.chunk === 0 ? [] : [['next', `sequence ${next.sequence}`] as const]),
    ...(waiting === undefined ? [] : [['waiting', describeWaiting(waiting)] as const]),
    ...(forgotten === undefined
      ? []
      : [
          [
            'forgotten',
            `${new Date(forgotten.at).toISOString()}, by version ${formatCount(forgotten.version)}`,
          ] as const,
        ]),
    ...history.map(describeEntry),
  ]);
  if (stopped !== undefined) {
    console.log(styled('red', '  stopped'));
    printPairs([
      ['why', stopped.reason],
      ['next', 'fix and deploy, then "weir stopped resume KEY"; or "weir stopped skip KEY"'],
    ]);
  }
  console.log(styled('dim', '  state'));
  printValue(stateOf(item));
}

/** The state as the table holds it. */
function stateOf({ state }: KeyState['item']): unknown {
  return state === undefined ? undefined : asStored(state);
}

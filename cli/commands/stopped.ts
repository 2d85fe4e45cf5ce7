/** `weir stopped`: keys that stopped on a reading, and what to do about them. */
import { stateOf } from '../../functions/state.ts';
import { formatCountOf } from '../../local/report/units.ts';
import { titleOf } from '../../operate/dead-content.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { type KeySummary, listKeys } from '../../operate/keys.ts';
import { type Steered, showStopped, steer, type Word } from '../../operate/stopped.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, noSuchAction, parseCommand, UsageError, words } from '../terminal/options.ts';
import { FOUND, printJson, printPairs, printTable, printValue, quote, styled } from '../terminal/print.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir stopped list [options]
weir stopped show KEY [options]
weir stopped resume KEY | --all [options]
weir stopped skip KEY [options]

In a pipeline with poison: 'stop', a key stops when compute throws on one of its readings. Its later messages are parked in
order. Deploy a fix, then "resume": Weir tries that reading again and applies the parked messages. Or "skip": Weir moves
that one reading to the dead-letter queue and goes on with the next. Both commands send a message to the key through the
readings queue and wait until the key has taken it.

${TARGET_HELP}
  --all              resume every stopped key
  --no-wait          do not wait for the effect
  --wait SECONDS     wait at most this long (default 60)

Exit status 0: done, or no key is stopped. 1: no effect in time, or the key stopped again. 3: list found stopped keys.
Needs: cloudformation:DescribeStacks; list: dynamodb:Scan; show: dynamodb:GetItem, dynamodb:Query; resume and skip:
dynamodb:GetItem, sqs:SendMessage on the readings queue.
Examples: weir stopped list --stack clicks-production
          weir stopped resume blog --stack clicks-production`;

export const ACTIONS = ['list', 'show', 'resume', 'skip'] as const;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  all: { type: 'boolean', default: false },
  'no-wait': { type: 'boolean', default: false },
  wait: { type: 'string' },
} as const;

export async function stopped(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [action, ...rest] = positionals;
  const waitSeconds = countOption('wait', values.wait, 1, 3600) ?? 60;
  const options = { json: values.json, waitMs: values['no-wait'] ? 0 : waitSeconds * 1000 };
  if (action === 'list') {
    words(rest);
    return withDeployment(values, (deployment) => list(deployment, values.json));
  }
  if (action === 'show') {
    const [key = ''] = words(rest, 'KEY');
    return withDeployment(values, (deployment) => show(deployment, key, values.json));
  }
  if (action !== 'resume' && action !== 'skip') throw noSuchAction(action, ACTIONS);
  if (values.all) {
    words(rest);
    if (action === 'skip') throw new UsageError('skip takes a KEY: look at each reading before you skip it');
    return withDeployment(values, async (deployment) => {
      const found = await stoppedKeys(deployment);
      if (found.length === 0 && !values.json) console.log('No key is stopped.');
      return say(
        deployment,
        found.map(({ key }) => key),
        action,
        options,
      );
    });
  }
  const keys = words(rest, 'KEY');
  return withDeployment(values, (deployment) => say(deployment, keys, action, options));
}

async function stoppedKeys(deployment: Deployment): Promise<KeySummary[]> {
  const { keys } = await listKeys(deployment, { inTrouble: true, signal: listenForInterruption() });
  return keys.filter((key) => key.stopped !== undefined);
}

async function list(deployment: Deployment, json: boolean): Promise<number> {
  const found = await stoppedKeys(deployment);
  if (json) printJson(found);
  else if (found.length === 0) console.log('No key is stopped.');
  else {
    printTable(
      [{ title: 'key', width: 40 }, { title: 'parked', align: 'right' }, { title: 'why' }],
      found.map(({ key, parked, stopped: why = '' }) => [key, String(parked), why]),
    );
    console.log(
      '\n  Next: weir stopped show KEY, weir stopped resume KEY (or --all), weir stopped skip KEY.',
    );
  }
  return found.length === 0 ? 0 : FOUND;
}

async function show(deployment: Deployment, key: string, json: boolean): Promise<number> {
  const { item, stopped: why, culprit } = await showStopped(deployment, key);
  if (json) {
    printJson({
      key,
      version: item.version,
      parked: item.parked,
      stopped: why,
      culprit,
      state: stateOf(item),
    });
    return 0;
  }
  printPairs([
    ['key', key],
    ['why', why.reason],
    ['parked', formatCountOf(item.parked, 'message')],
    ['request', culprit?.request ?? 'not found among the parked'],
    ['sent', culprit === undefined ? '' : new Date(culprit.sentAt).toISOString()],
  ]);
  if (culprit !== undefined) {
    console.log(styled('dim', `  ${titleOf(culprit)}`));
    printValue(culprit.reading);
  }
  console.log(styled('dim', '  the state that it was computed on'));
  printValue(stateOf(item));
  return 0;
}

async function say(
  deployment: Deployment,
  keys: readonly string[],
  word: Word,
  { json, waitMs }: { json: boolean; waitMs: number },
): Promise<number> {
  const signal = listenForInterruption();
  const results: object[] = [];
  let failed = false;
  for (const key of keys) {
    if (signal.aborted) break;
    const steered = await steer(deployment, key, word, { waitMs, signal });
    const { outcome, after } = steered;
    failed ||= outcome === 'stopped' || (outcome === 'sent' && waitMs > 0);
    results.push({ key, outcome, version: after.version, parked: after.parked, stopped: after.stopped });
    if (!json) console.log(sentence(key, word, steered, waitMs));
  }
  if (json) printJson(results);
  return failed ? 1 : 0;
}

function sentence(key: string, word: Word, { outcome, before, after }: Steered, waitMs: number): string {
  const name = quote(key);
  switch (outcome) {
    case 'running':
      return `${name} is not stopped: nothing to do.`;
    case 'resumed': {
      const applied = formatCountOf(after.counts.applied - before.counts.applied, 'reading');
      const skipped = word === 'skip' ? 'The reading at fault is among the dead letters. ' : '';
      const waiting =
        after.parked === 0 ? '' : ` ${formatCountOf(after.parked, 'message')} wait for their turn.`;
      return `${name} goes on. ${skipped}Applied since: ${applied}, now at version ${after.version}.${waiting}`;
    }
    case 'stopped':
      return `${name} went on and stopped again: ${quote(after.stopped?.reason ?? '')}. "weir stopped show" shows it.`;
    case 'sent':
      return waitMs === 0
        ? `${name}: the command is sent.`
        : `${name}: the command is sent, but it has no effect yet; it waits in the queue. Look again with "weir state".`;
    default:
      return outcome satisfies never;
  }
}

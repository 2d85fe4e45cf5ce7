/** `weir status`: the state of a deployment, once or repeatedly. */
import { setTimeout as wait } from 'node:timers/promises';
import { terminalOf } from '../../local/report/terminal.ts';
import { formatCount, formatCountOf, formatDuration } from '../../local/report/units.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { FIGURES_MINUTES } from '../../operate/figures.ts';
import {
  backlogOf,
  type Drain,
  drainBetween,
  FAILED_OUTPUTS_MAX,
  inQueue,
  type KeysStatus,
  lookAt,
  needsAttention,
  type QueueStatus,
  type Status,
} from '../../operate/status.ts';
import { describeWaiting } from '../../operate/waiting.ts';
import { interruptionIsTheEnd, listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseOptions } from '../terminal/options.ts';
import { FOUND, printJson, printPairs, printTable, quote, styled } from '../terminal/print.ts';
import { PART_WORDS } from './brake-words.ts';
import { printSources } from './status-sources.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir status [options]

Shows the queues (visible, in flight, age of the oldest message), dead letters, functions, stopped keys, parked messages,
which place each key waits for in request order and since when, what is paused and why, how much of each source is read
and until when it is closed, and the time to drain. It looks twice, some seconds apart, to see how fast the queues
drain. On AWS, ages and figures of functions come from CloudWatch, a minute or two late. It finds stopped keys by a scan
of the table, of its first 50 MB at most.

${TARGET_HELP}
  --watch            look again and again, until Ctrl-C
  --every SECONDS    time between two looks (default 2)

Exit status 0: all is well. 3: there are dead letters, stopped keys or outputs that could not be written.
Needs: cloudformation:DescribeStacks, sqs:GetQueueAttributes. Without the next ones it says what it could not look at:
cloudformation:DescribeStackResources, cloudwatch:GetMetricData, dynamodb:Scan, dynamodb:Query, s3:ListBucket,
lambda:GetEventSourceMapping, lambda:ListTags.
Examples: weir status --stack clicks-production
          weir status --watch
          weir status --json | jq .deadLetters`;

/** A scan of the table costs more than everything else. */
const KEYS_EVERY_MS = { local: 0, aws: 60_000 };

export const OPTIONS = {
  ...TARGET_OPTIONS,
  watch: { type: 'boolean', default: false },
  every: { type: 'string' },
} as const;

export async function status(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const everyMs = (countOption('every', values.every, 1, 3600) ?? 2) * 1000;
  const signal = listenForInterruption();
  const show = values.json ? printOneLine(values.watch) : print;
  return withDeployment(values, async (deployment) => {
    if (values.watch) return watch(deployment, everyMs, show, signal);
    let look = await lookAt(deployment);
    let drain: Drain | undefined;
    if (backlogOf(look) > 0) {
      await pause(everyMs, signal);
      const first = look;
      look = await lookAt(deployment, { keys: look.keys });
      drain = drainBetween(first, look);
    }
    show(look, drain);
    return needsAttention(look) ? FOUND : 0;
  });
}

type Show = (look: Status, drain: Drain | undefined) => void;

async function watch(
  deployment: Deployment,
  everyMs: number,
  show: Show,
  signal: AbortSignal,
): Promise<number> {
  let before: Status | undefined;
  let keys: { at: number; status: KeysStatus } | undefined;
  const keysEveryMs = deployment.local ? KEYS_EVERY_MS.local : KEYS_EVERY_MS.aws;
  while (!signal.aborted) {
    const known = keys !== undefined && Date.now() - keys.at < keysEveryMs ? { keys: keys.status } : {};
    const look = await lookAt(deployment, known);
    if (look.keys !== keys?.status) keys = { at: look.at, status: look.keys };
    const { interactive } = terminalOf(process.stdout);
    if (interactive) process.stdout.write(CLEAR);
    show(look, before && drainBetween(before, look));
    if (!interactive) console.log('');
    before = look;
    await pause(everyMs, signal);
  }
  interruptionIsTheEnd();
  return before !== undefined && needsAttention(before) ? FOUND : 0;
}

/** Moves the cursor to the upper left corner and clears the screen. */
const CLEAR = '\u001B[H\u001B[J';

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

/** With --watch, JSON is printed as one line for each look. */
function printOneLine(oneLine: boolean): Show {
  return (look, drain) => {
    const answer = { ...look, needsAttention: needsAttention(look), drain };
    if (oneLine) console.log(JSON.stringify(answer));
    else printJson(answer);
  };
}

function print(look: Status, drain: Drain | undefined): void {
  const { name, local, at, requests, readings, backfill, deadLetters, keys } = look;
  const where = local ? 'local run' : 'AWS';
  console.log(`${styled('bold', name)} (${where}), ${new Date(at).toISOString()}\n`);
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'queue' },
      { title: 'visible', ...right },
      { title: 'in flight', ...right },
      { title: 'delayed', ...right },
      { title: 'oldest' },
    ],
    [
      queueRow('requests', requests),
      ...(backfill === undefined ? [] : [queueRow('backfill', backfill)]),
      queueRow('readings', readings),
      queueRow('dead requests', deadLetters.requests),
      queueRow('dead readings', deadLetters.readings),
    ],
  );
  console.log('');
  printFunctions(look);
  printSources(look);
  const outputs = deadLetters.outputs ?? 0;
  const atLeast = outputs === FAILED_OUTPUTS_MAX ? 'at least ' : '';
  printPairs([
    ['time to drain', drainText(look, drain)],
    ['parked', formatCountOf(keys.parked, 'message') + (keys.complete ? '' : ' in what was looked through')],
    ['failed outputs', `${atLeast}${formatCount(outputs)} ${outputs === 1 ? 'batch' : 'batches'}`],
  ]);
  printBrake(look);
  printTroubles(look);
}

function printBrake({ brake, at }: Status): void {
  for (const { part, state, note } of brake) {
    if (state === 'running') continue;
    const since = note.since === undefined ? '' : ` since ${note.since}`;
    const isOver = note.until !== undefined && Date.parse(note.until) <= at;
    const until = note.until === undefined || isOver ? '' : ` until ${note.until}`;
    // A schedule or another tool leaves no note, and may leave an old one in place.
    const reason =
      note.since === undefined || isOver
        ? 'not said: a schedule or another tool'
        : (note.reason ?? 'not said');
    const how = state === 'paused' ? 'paused' : 'being switched';
    console.log(styled('yellow', `\n  ${PART_WORDS[part]} are ${how}${since}${until}: weir resume ${part}`));
    console.log(`    why: ${quote(reason)}`);
  }
}

function queueRow(name: string, { visible, inFlight, delayed, oldestAgeMs }: QueueStatus): string[] {
  const counts = [visible, inFlight, delayed].map(formatCount);
  return [name, ...counts, oldestAgeMs === undefined ? '' : formatDuration(oldestAgeMs)];
}

function printFunctions({ functions }: Status): void {
  if (functions.length === 0) return;
  const right = { align: 'right' } as const;
  const figure = (value: number | undefined) => (value === undefined ? '' : formatCount(value));
  printTable(
    [
      { title: `function, last ${FIGURES_MINUTES} min` },
      { title: 'invocations', ...right },
      { title: 'errors', ...right },
      { title: 'throttled', ...right },
      { title: 'at once', ...right },
    ],
    functions.map(({ stage, invocations, errors, throttles, concurrent }) => [
      stage,
      ...[invocations, errors, throttles, concurrent].map(figure),
    ]),
  );
  console.log('');
}

function drainText(look: Status, drain: Drain | undefined): string {
  if (backlogOf(look) === 0) return 'nothing is waiting';
  if (drain === undefined) return 'known after the next look';
  const perSecond = Math.abs(drain.perSecond).toFixed(1);
  if (drain.timeToDrainMs !== undefined)
    return `${formatDuration(drain.timeToDrainMs)} at ${perSecond} messages/s`;
  return drain.perSecond < 0 ? `growing by ${perSecond} messages/s` : 'it does not become less';
}

/**
 * In request order this is not an error, but the operator may know that the missing request will not come.
 */
function printWaiting({ waiting }: KeysStatus): void {
  if (waiting.length === 0) return;
  console.log(
    styled('yellow', `\n  ${formatCountOf(waiting.length, 'key')} waiting for a place that is missing`),
  );
  for (const { key, parked, waiting: what } of waiting.slice(0, WAITING_SHOWN))
    if (what !== undefined)
      console.log(`    ${quote(key)}, ${formatCount(parked)} parked: ${describeWaiting(what)}`);
  if (waiting.length > WAITING_SHOWN) console.log('    and others: weir keys --trouble --json');
}

const WAITING_SHOWN = 5;

function printTroubles(look: Status): void {
  const { keys, deadLetters, unknown } = look;
  const dead = inQueue(deadLetters.requests) + inQueue(deadLetters.readings) + (deadLetters.outputs ?? 0);
  if (keys.stopped.length > 0) {
    console.log(styled('red', `\n  ${formatCountOf(keys.stopped.length, 'key')} stopped: weir stopped list`));
    for (const { key, parked, stopped = '' } of keys.stopped.slice(0, 5)) {
      console.log(`    ${quote(key)}, ${formatCount(parked)} parked: ${quote(stopped)}`);
    }
  }
  printWaiting(keys);
  if (dead > 0) console.log(styled('red', '\n  There are dead letters: weir dead list'));
  if (!needsAttention(look)) console.log(styled('green', '\n  No dead letters, no stopped keys.'));
  if (!keys.complete)
    console.log('  The table is larger than what was looked through: there may be more stopped keys.');
  for (const what of unknown) console.log(`  Not known: ${quote(what)}`);
}

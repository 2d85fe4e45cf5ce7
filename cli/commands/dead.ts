/** `weir dead`: what was given up, and what to do with it. */
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { OperatorError } from '../../model/operator-error.ts';
import {
  type DeadOptions,
  type Dealt,
  discardDead,
  listDead,
  redriveDead,
  type Selection,
} from '../../operate/dead.ts';
import { DEAD_PLACES, type DeadLetter, type DeadPlace } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { inQueue, lookAt } from '../../operate/status.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, noSuchAction, parseCommand, UsageError, words } from '../terminal/options.ts';
import {
  asStored,
  FOUND,
  printJson,
  printPairs,
  printTable,
  printValue,
  quote,
  styled,
} from '../terminal/print.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir dead list [options]
weir dead show ID [options]
weir dead redrive ID ... | --all [options]
weir dead discard ID ... | --all --yes [options]

Dead letters are in three places: requests and readings in their dead-letter queues, outputs that could not be written in
a bucket (in a local run: a folder). The first letters of an ID are enough if only one ID begins with them. "show" prints
the content. "redrive" sends a letter back to the place where it failed: nothing is applied twice, even if you redrive it
again, but it comes after messages that were sent later. "discard" deletes it.

SQS shows at most ten messages of a key at a time, so a list shows at most ten dead readings of a key.

${TARGET_HELP}
  --from PLACE       only requests, readings or outputs
  --limit N          at most N from each place (default 100; with --all 10,000)

Exit status 0: done, or the list is empty. 1: some could not be redriven. 3: list found dead letters.
Needs: cloudformation:DescribeStacks; sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:GetQueueAttributes on the
dead-letter queues, s3:ListBucket, s3:GetObject; redrive and discard: sqs:DeleteMessage, s3:DeleteObject; redrive:
sqs:SendMessage on requests and readings, lambda:InvokeFunction on the writer.
Examples: weir dead list --from readings
          weir dead redrive 5f0c6e1a --stack clicks-production
          weir dead redrive --all --from requests`;

export const ACTIONS = ['list', 'show', 'redrive', 'discard'] as const;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  from: { type: 'string' },
  limit: { type: 'string' },
  all: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const;

export async function dead(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [action, ...ids] = positionals;
  const limit = countOption('limit', values.limit, 1, 100_000);
  const options = { places: placesOf(values.from), limit: limit ?? 100, signal: listenForInterruption() };
  const { json } = values;
  if (action === 'list') {
    words(ids);
    return withDeployment(values, (deployment) => list(deployment, options, json));
  }
  if (action === 'show') {
    const [id = ''] = words(ids, 'ID');
    return withDeployment(values, (deployment) => show(deployment, id, options, json));
  }
  if (action !== 'redrive' && action !== 'discard') {
    throw noSuchAction(action, ACTIONS);
  }
  const selection = selectionOf(ids, values.all);
  if (action === 'discard' && values.all && !values.yes) {
    throw new UsageError('discard --all deletes them for good: add --yes');
  }
  const deal = action === 'redrive' ? redriveDead : discardDead;
  const ofMany = { ...options, limit: limit ?? 10_000 };
  return withDeployment(values, async (deployment) =>
    reportDealt(await deal(deployment, selection, ofMany), action, json),
  );
}

function placesOf(from: string | undefined): readonly DeadPlace[] {
  if (from === undefined) return DEAD_PLACES;
  const place = DEAD_PLACES.find((each) => each === from);
  if (place === undefined)
    throw new UsageError(`--from ${quote(from)}: use one of ${DEAD_PLACES.join(', ')}`);
  return [place];
}

function selectionOf(ids: readonly string[], all: boolean): Selection {
  if (all && ids.length > 0) throw new UsageError('give IDs or --all, not both');
  if (!all && ids.length === 0) throw new UsageError('give the IDs of dead letters, or --all');
  return all ? 'all' : ids;
}

async function list(deployment: Deployment, options: DeadOptions, json: boolean): Promise<number> {
  const letters = await listDead(deployment, options);
  const notes = letters.length === 0 ? [] : await notesOfMore(deployment, letters, options);
  if (json) printJson(letters.map(({ body: _, ...letter }) => letter));
  else if (letters.length === 0) console.log('There are no dead letters.');
  else printLetters(letters);
  for (const note of notes) {
    // What reads JSON must not read this.
    if (json) console.error(note);
    else console.log(`\n  ${note}`);
  }
  return letters.length === 0 ? 0 : FOUND;
}

function printLetters(letters: readonly DeadLetter[]): void {
  printTable(
    [
      { title: 'id' },
      { title: 'from' },
      { title: 'stage' },
      { title: 'attempts', align: 'right' },
      { title: 'key or request', width: 30 },
      { title: 'reason' },
    ],
    letters.map(({ id, place, stage, attempts, key, request = '', reason }) => [
      place === 'outputs' ? id : id.slice(0, 8),
      place,
      stage,
      attempts === 0 ? '' : formatCount(attempts),
      key ?? request,
      reason,
    ]),
  );
}

/** SQS does not show all of a large dead-letter queue at once, and of a key ten at most. */
async function notesOfMore(
  deployment: Deployment,
  letters: readonly DeadLetter[],
  { places, limit }: DeadOptions,
): Promise<string[]> {
  const { deadLetters } = await lookAt(deployment, {
    keys: { stopped: [], waiting: [], parked: 0, complete: true },
  });
  const counts = { requests: inQueue(deadLetters.requests), readings: inQueue(deadLetters.readings) };
  return (['requests', 'readings'] as const).flatMap((place) => {
    const shown = letters.filter((letter) => letter.place === place).length;
    if (!places.includes(place) || counts[place] <= shown) return [];
    const note = `${formatCount(shown)} of about ${formatCountOf(counts[place], place.slice(0, -1))} are shown.`;
    if (shown >= limit) return [`${note} --limit N shows more.`];
    if (place === 'requests') return [`${note} Look again: SQS may leave some out.`];
    return [
      `${note} SQS shows at most ten of a key, and the next ones when you have redriven or discarded these; --all ` +
        'does it for all of them.',
    ];
  });
}

async function show(
  deployment: Deployment,
  id: string,
  options: DeadOptions,
  json: boolean,
): Promise<number> {
  const letters = await listDead(deployment, { ...options, limit: 10_000 });
  const fitting = letters.filter((letter) => id !== '' && letter.id.startsWith(id));
  const [letter] = fitting;
  if (letter === undefined || fitting.length > 1) {
    throw new OperatorError(
      fitting.length > 1
        ? `${quote(id)} fits ${fitting.length} dead letters: give more of the id`
        : `there is no dead letter ${quote(id)} among the ${letters.length} that can be seen; "weir dead list" lists them`,
    );
  }
  if (json) {
    printJson(letter);
    return 0;
  }
  const { place, stage, reason, attempts, request, key, holds, sentAt, body } = letter;
  printPairs([
    ['id', letter.id],
    ['from', place],
    ['stage', stage],
    ['reason', reason],
    ['attempts', attempts === 0 ? 'not known' : formatCount(attempts)],
    ...(request === undefined ? [] : [['request', request] as const]),
    ...(key === undefined ? [] : [['key', key] as const]),
    ['holds', formatCountOf(holds, place.slice(0, -1))],
    ...(sentAt === undefined ? [] : [['sent', new Date(sentAt).toISOString()] as const]),
  ]);
  console.log(styled('dim', '  body'));
  printValue(parsed(body));
  return 0;
}

function parsed(body: string): unknown {
  try {
    return asStored(body);
  } catch {
    return body;
  }
}

function reportDealt({ done, failed, missing }: Dealt, action: 'redrive' | 'discard', json: boolean): number {
  const verb = action === 'redrive' ? 'Redriven' : 'Discarded';
  if (json) {
    const brief = ({ body: _, ...letter }: DeadLetter) => letter;
    printJson({
      done: done.map(brief),
      failed: failed.map(({ letter, reason }) => ({ ...brief(letter), problem: reason })),
      missing,
    });
  } else {
    console.log(`${verb} ${formatCountOf(done.length, 'dead letter')}.`);
    for (const { letter, reason } of failed) console.log(`  ${letter.id}: it stays, ${quote(reason)}`);
    for (const id of missing)
      console.log(`  ${quote(id)}: there is no such dead letter among those that can be seen`);
  }
  return failed.length + missing.length === 0 ? 0 : 1;
}

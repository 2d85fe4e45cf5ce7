/** `weir dead`: looks at dead letters, and redrives, edits or discards them. */
import { discardDead, redriveDead, type Selection } from '../../operate/dead.ts';
import { DEAD_PLACES, type DeadLetter, type DeadPlace } from '../../operate/dead-letter.ts';
import { isTerminal } from '../terminal/confirm.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, noSuchAction, parseCommand, UsageError, words } from '../terminal/options.ts';
import { quote } from '../terminal/print.ts';
import { confirmDiscard } from './dead-confirm.ts';
import { reportDealt } from './dead-dealt.ts';
import { edit } from './dead-edit.ts';
import { GROUPINGS, type Grouping, list } from './dead-list.ts';
import { show } from './dead-show.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir dead list [--by reason | --by key] [options]
weir dead show ID [--body] [options]
weir dead edit ID [--file FILE] [options]
weir dead redrive ID ... | --reason TEXT | --all [options]
weir dead discard ID ... | --reason TEXT | --all [options]

Dead letters are in three places: requests and readings in their dead-letter queues, outputs that could not be written in
a bucket (in a local run: a folder). The first letters of an ID are enough if only one ID begins with them. "show" prints
the content if you say --body. "redrive" sends a letter back to the place where it failed: nothing is applied twice, even if
you redrive it again, but it comes after messages that were sent later. "edit" opens a request in $EDITOR and sends what you
make of it as a new request; its id and "dead show" name the old one. "discard" deletes letters for good. A letter is removed
only when SQS has taken its copy.

SQS shows at most ten messages of a key at a time, so a list shows at most ten dead readings of a key.

${TARGET_HELP}
  --from PLACE       only requests, readings or outputs
  --reason TEXT      only letters whose reason contains TEXT
  --by reason|key    list: how many letters have a reason or a key in common, and the age of the oldest
  --body             show: print the content, which may be confidential
  --file FILE        edit: the new request is in FILE; - reads it from standard input
  --yes              discard --all and --reason: do not ask
  --limit N          at most N from each place (default 100; with --all and --reason 10,000)

Exit status 0: done, or the list is empty. 1: some could not be redriven. 3: list found dead letters.
Needs: cloudformation:DescribeStacks; sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:GetQueueAttributes on the
dead-letter queues, s3:ListBucket, s3:GetObject; redrive, edit and discard: sqs:DeleteMessage, s3:DeleteObject; redrive:
sqs:SendMessage on requests and readings, lambda:InvokeFunction on the writer; edit: sqs:SendMessage on requests.
Examples: weir dead list --from readings
          weir dead list --by reason
          weir dead redrive 5f0c6e1a --stack clicks-production
          weir dead redrive --reason 'no such host'
          weir dead edit 5f0c6e1a --file fixed.json`;

export const ACTIONS = ['list', 'show', 'edit', 'redrive', 'discard'] as const;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  from: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  body: { type: 'boolean', default: false },
  file: { type: 'string' },
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
  const { json, reason, body, file } = values;
  if (action === 'list') {
    words(ids);
    const chosen = reason === undefined ? () => true : hasReason(reason);
    const view = { by: groupingOf(values.by), chosen, json };
    return withDeployment(values, (deployment) => list(deployment, view, options));
  }
  if (action === 'show' || action === 'edit') {
    const [id = ''] = words(ids, 'ID');
    return withDeployment(values, (deployment) =>
      action === 'show'
        ? show(deployment, id, options, { json, body })
        : edit(deployment, id, options, { json, file }),
    );
  }
  if (action !== 'redrive' && action !== 'discard') {
    throw noSuchAction(action, ACTIONS);
  }
  const selection = selectionOf(ids, reason, values.all);
  const toConfirm =
    action === 'redrive' || typeof selection === 'object' || values.yes ? undefined : selection;
  if (toConfirm !== undefined && !isTerminal()) {
    throw new UsageError(`discard ${values.all ? '--all' : '--reason'} deletes them for good: add --yes`);
  }
  const ofMany = { ...options, limit: limit ?? 10_000 };
  return withDeployment(values, async (deployment) => {
    if (toConfirm !== undefined && !(await confirmDiscard(deployment, toConfirm, ofMany))) return 1;
    const deal = action === 'redrive' ? redriveDead : discardDead;
    return reportDealt(await deal(deployment, selection, ofMany), action, json);
  });
}

function placesOf(from: string | undefined): readonly DeadPlace[] {
  if (from === undefined) return DEAD_PLACES;
  const place = DEAD_PLACES.find((each) => each === from);
  if (place === undefined)
    throw new UsageError(`--from ${quote(from)}: use one of ${DEAD_PLACES.join(', ')}`);
  return [place];
}

function groupingOf(by: string | undefined): Grouping | undefined {
  if (by === undefined) return undefined;
  const grouping = GROUPINGS.find((each) => each === by);
  if (grouping === undefined) throw new UsageError(`--by ${quote(by)}: use reason or key`);
  return grouping;
}

function selectionOf(ids: readonly string[], reason: string | undefined, all: boolean): Selection {
  const given = Number(ids.length > 0) + Number(reason !== undefined) + Number(all);
  if (given > 1) throw new UsageError('give IDs, --reason or --all, and only one of them');
  if (given === 0) throw new UsageError('give the IDs of dead letters, --reason or --all');
  if (all) return 'all';
  return reason === undefined ? ids : hasReason(reason);
}

function hasReason(text: string): (letter: Pick<DeadLetter, 'reason'>) => boolean {
  if (text === '') throw new UsageError('--reason is empty: give a part of the reason, or --all');
  return ({ reason }) => reason.includes(text);
}

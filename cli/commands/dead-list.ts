/** `weir dead list`: the dead letters one by one, or counted in groups. */
import { formatCount, formatCountOf, formatDuration } from '../../local/report/units.ts';
import { type DeadOptions, listDead } from '../../operate/dead.ts';
import { type DeadGroup, groupDead } from '../../operate/dead-groups.ts';
import type { DeadLetter } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { inQueue, lookAt } from '../../operate/status.ts';
import { FOUND, printJson, printTable } from '../terminal/print.ts';

export const GROUPINGS = ['reason', 'key'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface View {
  readonly by: Grouping | undefined;
  readonly chosen: (letter: DeadLetter) => boolean;
  readonly json: boolean;
}

export async function list(
  deployment: Deployment,
  { by, chosen, json }: View,
  options: DeadOptions,
): Promise<number> {
  const found = await listDead(deployment, options);
  const letters = found.filter(chosen);
  const notes = found.length === 0 ? [] : await notesOfMore(deployment, found, options);
  if (letters.length === 0 && !json) {
    console.log(found.length === 0 ? 'There are no dead letters.' : 'No dead letter has that reason.');
  } else if (by === undefined) showLetters(letters, json);
  else
    showGroups(
      groupDead(letters, (letter) => letter[by]),
      by,
      json,
    );
  for (const note of notes) {
    // A JSON parser must not receive this line.
    if (json) console.error(note);
    else console.log(`\n  ${note}`);
  }
  if (letters.length > 0 && !json) console.log(`\n  ${NEXT}`);
  return letters.length === 0 ? 0 : FOUND;
}

const NEXT =
  'Next: weir dead show ID, weir dead redrive ID, weir dead discard ID. In place of ID: --reason TEXT or --all.';

function showLetters(letters: readonly DeadLetter[], json: boolean): void {
  if (json) {
    printJson(letters.map(({ body: _, ...letter }) => letter));
    return;
  }
  printTable(
    [
      { title: 'id' },
      { title: 'from' },
      { title: 'stage' },
      { title: 'attempts', align: 'right' },
      { title: 'age', align: 'right' },
      { title: 'key or request', width: 30 },
      { title: 'reason' },
    ],
    letters.map(({ id, place, stage, attempts, sentAt, key, request = '', reason }) => [
      place === 'outputs' ? id : id.slice(0, 8),
      place,
      stage,
      attempts === 0 ? '' : formatCount(attempts),
      ageOf(sentAt),
      key ?? request,
      reason,
    ]),
  );
}

export function showGroups(groups: readonly DeadGroup[], by: Grouping, json: boolean): void {
  if (json) {
    printJson(groups.map(({ name, ...group }) => ({ ...group, [by]: name })));
    return;
  }
  printTable(
    [
      { title: 'letters', align: 'right' },
      { title: 'hold', align: 'right' },
      { title: 'oldest', align: 'right' },
      { title: 'from' },
      { title: by },
    ],
    groups.map(({ letters, holds, oldestAt, place, name }) => [
      formatCount(letters),
      formatCountOf(holds, place.slice(0, -1)),
      ageOf(oldestAt),
      place,
      name,
    ]),
  );
}

/** The clocks of this machine and of SQS may differ slightly. */
export function ageOf(sentAt: number | undefined): string {
  return sentAt === undefined ? '' : formatDuration(Math.max(0, Date.now() - sentAt));
}

/** SQS does not show all messages of a large dead-letter queue at once, and at most ten of one key. */
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

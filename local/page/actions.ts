/** The actions of the page's buttons: the operations that the commands of cli/ call. */

import { discardDead, redriveDead, type Selection } from '../../operate/dead.ts';
import { DEAD_PLACES } from '../../operate/dead-letter.ts';
import { type Steered, steer, type Word } from '../../operate/stopped.ts';
import { formatCountOf } from '../report/units.ts';
import { Refusal } from './answer.ts';
import type { Action, Letters } from './guard.ts';
import { reasonShown } from './letters.ts';
import type { Watched } from './watched.ts';

export interface Done {
  /** Whether the action succeeded. */
  readonly done: boolean;
  readonly message: string;
}

/** The action need not wait for a long backlog to be applied: the page keeps showing the run. */
const WAIT_MS = 10_000;
const LETTERS_MAX = 10_000;

export async function carryOut(watched: Watched, action: Action, signal: AbortSignal): Promise<Done> {
  if ('letters' in action) {
    return dealWith(watched, action.word, action.letters, signal);
  }
  const { word, key } = action;
  const steered = await steer(watched.deployment, key, word, { waitMs: WAIT_MS, signal });
  const done = steered.outcome !== 'stopped';
  return { done, message: `${key}: ${sentence(word, steered)}` };
}

const DEALT = { redrive: 'redriven', discard: 'discarded' } as const;

async function dealWith(
  watched: Watched,
  word: 'redrive' | 'discard',
  letters: Letters,
  signal: AbortSignal,
): Promise<Done> {
  const options = { places: DEAD_PLACES, limit: LETTERS_MAX, signal };
  const deal = word === 'redrive' ? redriveDead : discardDead;
  const { done, failed } = await deal(watched.deployment, selectionOf(letters), options);
  const [one] = done;
  const [failure] = failed;
  if (one === undefined && failure === undefined) {
    throw new Refusal(
      404,
      'it is no dead letter any more, or SQS does not show it just now: try again in a moment',
    );
  }
  const which =
    done.length === 1
      ? `${one?.place}, ${one?.request ?? one?.id}`
      : formatCountOf(done.length, 'dead letter');
  const left = failure === undefined ? '' : `; ${failed.length} not: ${failure.reason}`;
  return { done: failure === undefined, message: `${DEALT[word]}: ${which}${left}` };
}

function selectionOf(letters: Letters): Selection {
  if ('all' in letters) return 'all';
  if ('id' in letters) return [letters.id];
  const { place, reason } = letters;
  return (letter) => letter.place === place && reasonShown(letter) === reason;
}

function sentence(word: Word, { outcome, before, after }: Steered): string {
  switch (outcome) {
    case 'running':
      return 'not stopped, nothing to do';
    case 'resumed': {
      const applied = formatCountOf(after.counts.applied - before.counts.applied, 'reading');
      const skipped = word === 'skip' ? ', the reading at fault is among the dead letters' : '';
      return `goes on, ${applied} applied since${skipped}`;
    }
    case 'stopped':
      return `stopped again: ${after.stopped?.reason ?? ''}`;
    case 'sent':
      return 'the word is on its way';
    default:
      return outcome satisfies never;
  }
}

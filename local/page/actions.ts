/** What the page's buttons do: the same operations that the commands of cli/ call. */

import { redriveDead } from '../../operate/dead.ts';
import { DEAD_PLACES } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { type Steered, steer, type Word } from '../../operate/stopped.ts';
import { formatCountOf } from '../report/units.ts';
import { Refusal } from './answer.ts';
import type { Action } from './guard.ts';

export interface Done {
  /** Whether it had the effect that was wanted. */
  readonly done: boolean;
  readonly message: string;
}

/** The page goes on showing what happens: it need not wait for a long backlog to be applied. */
const WAIT_MS = 10_000;
const LETTERS_MAX = 10_000;

export async function carryOut(deployment: Deployment, action: Action, signal: AbortSignal): Promise<Done> {
  if (action.word === 'redrive') return redrive(deployment, action.id, signal);
  const { word, key } = action;
  const steered = await steer(deployment, key, word, { waitMs: WAIT_MS, signal });
  const done = steered.outcome !== 'stopped';
  return { done, message: `${key}: ${sentence(word, steered)}` };
}

async function redrive(deployment: Deployment, id: string, signal: AbortSignal): Promise<Done> {
  const options = { places: DEAD_PLACES, limit: LETTERS_MAX, signal };
  const { done, failed, missing } = await redriveDead(deployment, [id], options);
  if (missing.length > 0)
    throw new Refusal(404, 'it is no dead letter any more, or not within reach just now');
  const [failure] = failed;
  if (failure !== undefined) return { done: false, message: `not redriven: ${failure.reason}` };
  return {
    done: true,
    message: `redriven: ${done.map(({ place, request = id }) => `${place}, ${request}`).join('; ')}`,
  };
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

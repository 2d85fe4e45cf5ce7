/**
 * Looks at, redrives, edits and discards the dead letters of all three places. A redriven or edited letter is
 * removed only after its copy has been sent.
 */
import { reasonOf } from '../functions/errors.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Deployment } from './deployment.ts';
import { newBody } from './edit-request.ts';
import { type DeadOptions, type Found, walkAll } from './walk-dead.ts';

export type { DeadOptions } from './walk-dead.ts';

/** An id may be shortened if only one letter begins with it; a function selects letters by their content. */
export type Selection = 'all' | readonly string[] | ((letter: DeadLetter) => boolean);

export interface Dealt {
  readonly done: readonly DeadLetter[];
  readonly failed: readonly { readonly letter: DeadLetter; readonly reason: string }[];
  /** Ids that match no letter shown by SQS. */
  readonly missing: readonly string[];
}

export async function listDead(deployment: Deployment, options: DeadOptions): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  await walkAll(deployment, options, async (found) => {
    letters.push(...found.map(({ letter }) => letter));
    return [];
  });
  return letters;
}

export async function redriveDead(
  deployment: Deployment,
  selection: Selection,
  options: DeadOptions,
): Promise<Dealt> {
  // A letter that failed again during the redrive is left where it is; otherwise a redrive might never end.
  return dealWith(deployment, selection, options, true, ({ redrive }) => redrive());
}

export async function discardDead(
  deployment: Deployment,
  selection: Selection,
  options: DeadOptions,
): Promise<Dealt> {
  return dealWith(deployment, selection, options, false, async () => {});
}

/** The result of an edit. `done` and `failed` are both empty if the letter was already gone. */
export type Edited = Pick<Dealt, 'done' | 'failed'> & {
  /** Id of the new request. */
  readonly request: string | undefined;
};

/** Sends the dead request with the new body as a new request, then removes the letter. */
export async function editDead(
  deployment: Deployment,
  id: string,
  text: string,
  options: DeadOptions,
): Promise<Edited> {
  const body = newBody(text);
  let request: string | undefined;
  const dealt = await dealWith(deployment, [id], options, true, async ({ letter, edit }) => {
    if (edit === undefined) throw notEditable(letter);
    request = await edit(body);
  });
  return { ...dealt, request };
}

/** Only requests can be edited: readings come from a source, and outputs from a commit. */
export function notEditable({ place, request }: Pick<DeadLetter, 'place' | 'request'>): OperatorError {
  return new OperatorError(
    place === 'readings'
      ? `only a request can be edited, and this is a reading${request === undefined ? '' : ` of request ${JSON.stringify(request)}`}: submit ` +
          'a request of its own that brings the right reading, then discard this letter'
      : 'only a request can be edited, and these are outputs: redrive or discard them',
  );
}

async function dealWith(
  deployment: Deployment,
  selection: Selection,
  options: DeadOptions,
  eachOnce: boolean,
  act: (found: Found) => Promise<void>,
): Promise<Dealt> {
  const ids = typeof selection === 'object' ? selection : [];
  if (ids.length > 0) await assertUnambiguous(deployment, ids, options);
  const isChosen = chooserOf(selection);
  const done: DeadLetter[] = [];
  const failed: Dealt['failed'][number][] = [];
  const dealt = new Set<string>();
  await walkAll(deployment, options, async (found) => {
    const chosen = found.filter(({ letter }) => {
      if (eachOnce && dealt.has(identityOf(letter))) return false;
      return isChosen(letter);
    });
    const ended = await inTheirOrder(chosen, async (one) => {
      dealt.add(identityOf(one.letter));
      if (options.signal.aborted) return false;
      try {
        await act(one);
        done.push(one.letter);
        return true;
      } catch (error) {
        failed.push({ letter: one.letter, reason: reasonOf(error) });
        return false;
      }
    });
    return ended;
  });
  const seen = [...done, ...failed.map(({ letter }) => letter)];
  const missing = ids.filter((id) => !seen.some((letter) => letter.id.startsWith(id)));
  return { done, failed, missing };
}

function chooserOf(selection: Selection): (letter: DeadLetter) => boolean {
  if (selection === 'all') return () => true;
  if (typeof selection === 'function') return selection;
  return ({ id }) => selection.some((given) => id.startsWith(given));
}

/** Identifies the same reading or request in different messages. */
function identityOf({ place, request, body }: DeadLetter): string {
  return JSON.stringify([place, request, body]);
}

async function assertUnambiguous(deployment: Deployment, ids: readonly string[], options: DeadOptions) {
  const letters = await listDead(deployment, options);
  for (const id of ids) {
    const fitting = letters.filter((letter) => letter.id.startsWith(id));
    if (fitting.length > 1 && id !== '') {
      throw new OperatorError(
        `${id} fits ${fitting.length} dead letters: give more of the id. Nothing was done`,
      );
    }
    if (id === '') throw new OperatorError('an id is empty. Nothing was done');
  }
}

/**
 * Handles groups in parallel and the messages of a group in order; a failure in one group does not stop the
 * others.
 */
async function inTheirOrder(
  found: readonly Found[],
  act: (one: Found) => Promise<boolean>,
): Promise<Found[]> {
  const groups = Map.groupBy(found, ({ group }) => group);
  const ended = await Promise.all(
    [...groups.values()].map(async (group) => {
      const done: Found[] = [];
      for (const one of group) if (await act(one)) done.push(one);
      return done;
    }),
  );
  return ended.flat();
}

/** Dead letters of all three places: looked at, redriven, discarded. */
import { reasonOf } from '../functions/errors.ts';
import { OperatorError } from '../model/operator-error.ts';
import {
  type DeadLetter,
  type DeadPlace,
  deadOutputsIn,
  deadReadingIn,
  deadRequestIn,
} from './dead-letter.ts';
import { type DeadMessage, walkQueue } from './dead-queue.ts';
import type { Deployment } from './deployment.ts';
import { redriveOutputs, redriveReading, redriveRequest } from './redrive.ts';

export interface DeadOptions {
  readonly places: readonly DeadPlace[];
  /** From each place at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** `ids` may be cut off at the end, as long as they fit one letter only; 'all' is what it says. */
export type Selection = 'all' | readonly string[];

export interface Dealt {
  readonly done: readonly DeadLetter[];
  readonly failed: readonly { readonly letter: DeadLetter; readonly reason: string }[];
  /** Ids that fit no letter that SQS showed. */
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
  // What failed again and is back while we are at it stays where it is: else a redrive might never end.
  return dealWith(deployment, selection, options, true, ({ redrive }) => redrive());
}

export async function discardDead(
  deployment: Deployment,
  selection: Selection,
  options: DeadOptions,
): Promise<Dealt> {
  return dealWith(deployment, selection, options, false, async () => {});
}

/** A letter, and what is needed to deal with it. */
interface Found {
  readonly letter: DeadLetter;
  readonly group: string;
  readonly redrive: () => Promise<void>;
}

type DealWithFound = (found: readonly Found[]) => Promise<readonly Found[]>;

async function dealWith(
  deployment: Deployment,
  selection: Selection,
  options: DeadOptions,
  eachOnce: boolean,
  act: (found: Found) => Promise<void>,
): Promise<Dealt> {
  if (selection !== 'all') await assertUnambiguous(deployment, selection, options);
  const done: DeadLetter[] = [];
  const failed: Dealt['failed'][number][] = [];
  const dealt = new Set<string>();
  await walkAll(deployment, options, async (found) => {
    const chosen = found.filter(({ letter }) => {
      if (eachOnce && dealt.has(identityOf(letter))) return false;
      return selection === 'all' || selection.some((id) => letter.id.startsWith(id));
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
  const missing =
    selection === 'all' ? [] : selection.filter((id) => !seen.some((letter) => letter.id.startsWith(id)));
  return { done, failed, missing };
}

/** The same reading or request, whatever message it is in. */
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

/** Groups side by side, the messages of one after the other; one that fails holds back no other. */
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

async function walkAll(deployment: Deployment, options: DeadOptions, deal: DealWithFound): Promise<void> {
  const { requestsDeadLetterQueue, readingsDeadLetterQueue } = deployment;
  if (options.places.includes('requests')) {
    await walkDead(deployment, requestsDeadLetterQueue, options, deal, (message) => ({
      letter: deadRequestIn(message),
      group: message.messageId, // No order among requests: each by itself.
      redrive: () => redriveRequest(deployment, message),
    }));
  }
  if (options.places.includes('readings')) {
    await walkDead(deployment, readingsDeadLetterQueue, options, deal, (message) => ({
      letter: deadReadingIn(message),
      group: message.group ?? '',
      redrive: () => redriveReading(deployment, message),
    }));
  }
  if (options.places.includes('outputs')) await walkOutputs(deployment, options, deal);
}

async function walkDead(
  deployment: Deployment,
  queueUrl: string,
  options: DeadOptions,
  deal: DealWithFound,
  toFound: (message: DeadMessage) => Found,
): Promise<void> {
  await walkQueue(deployment, queueUrl, options, async (messages) => {
    const found = new Map(messages.map((message) => [toFound(message), message]));
    const ended = await deal([...found.keys()]);
    return ended.flatMap((one) => found.get(one) ?? []);
  });
}

/** One after the other, oldest first: outputs of one key are written in the order of their commits. */
async function walkOutputs(deployment: Deployment, options: DeadOptions, deal: DealWithFound): Promise<void> {
  const { failedOutputs } = deployment;
  for (const name of await failedOutputs.list(options.limit)) {
    if (options.signal.aborted) return;
    const batch = await failedOutputs.load(name);
    if (batch === undefined) continue;
    const redrive = () => redriveOutputs(deployment, batch);
    const ended = await deal([{ letter: deadOutputsIn(batch), group: name, redrive }]);
    if (ended.length > 0) await failedOutputs.remove(name);
  }
}

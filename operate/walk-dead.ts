/** Finds the dead letters of all three places, each with the actions that it allows. */
import {
  type DeadLetter,
  type DeadPlace,
  deadOutputsIn,
  deadReadingIn,
  deadRequestIn,
} from './dead-letter.ts';
import { type DeadMessage, walkQueue } from './dead-queue.ts';
import type { Deployment } from './deployment.ts';
import { editRequest } from './edit-request.ts';
import { redriveOutputs, redriveReading, redriveRequest } from './redrive.ts';

export interface DeadOptions {
  readonly places: readonly DeadPlace[];
  /** Most letters from each place. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface Found {
  readonly letter: DeadLetter;
  /** Letters of one group are handled in order. */
  readonly group: string;
  readonly redrive: () => Promise<void>;
  /** Requests only: sends the request with another body as a new one, and returns its id. */
  readonly edit?: (body: string) => Promise<string>;
}

/** Returns the finished letters, which are then removed. */
export type DealWithFound = (found: readonly Found[]) => Promise<readonly Found[]>;

export async function walkAll(
  deployment: Deployment,
  options: DeadOptions,
  deal: DealWithFound,
): Promise<void> {
  const { requestsDeadLetterQueue, readingsDeadLetterQueue } = deployment;
  if (options.places.includes('requests')) {
    await walkDead(deployment, requestsDeadLetterQueue, options, deal, (message) => ({
      letter: deadRequestIn(message),
      group: message.messageId, // Requests have no order, so each is a group.
      redrive: () => redriveRequest(deployment, message),
      edit: (body) => editRequest(deployment, message, body),
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

/** One after another, oldest first: the outputs of a key are written in the order of their commits. */
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

/**
 * The SQS client of an operator's command: operate/ runs unchanged. Calls are lost before or after they land,
 * entries are refused, and the command is interrupted at any call.
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Chance } from './chance.ts';
import { operatorQueues } from './operator-queues.ts';
import type { World } from './world.ts';

const LATENCY_MS_MAX = 20;
const ANSWER_TIMEOUT_MS = 2_000;
const LOST_SHARE = 0.05;
const UNANSWERED_SHARE = 0.1;
const INTERRUPTED_SHARE = 0.05;
const REFUSED_SHARE = 0.1;

/** `copyOf`: the other name that a copy of a letter may have. */
export function operatorClient(
  world: World,
  chance: Chance,
  copyOf: (name: string) => string | undefined,
): SQSClient {
  const { clock, faults, oracle } = world;
  const fails = (share: number) => !faults.healed && !faults.calm && chance.happens(share);
  const apply = operatorQueues(world, copyOf, {
    refuses: () => fails(REFUSED_SHARE),
    forgets: () => fails(REFUSED_SHARE),
    takesUnsaid: () => chance.happens(0.5),
  });

  async function send(command: unknown): Promise<unknown> {
    await clock.sleep(chance.between(1, LATENCY_MS_MAX));
    if (fails(INTERRUPTED_SHARE)) return interrupted();
    if (fails(LOST_SHARE)) return noAnswer();
    const answer = apply(command);
    if (fails(INTERRUPTED_SHARE)) return interrupted();
    return fails(UNANSWERED_SHARE) ? noAnswer() : answer;
  }

  function interrupted(): Promise<never> {
    oracle.count('operatorInterrupted');
    return new Promise(() => {});
  }

  async function noAnswer(): Promise<never> {
    await clock.sleep(ANSWER_TIMEOUT_MS);
    throw new Error('no answer in time');
  }

  // The methods of the client that operate/ uses.
  return { send } as unknown as SQSClient;
}

/**
 * SQS's client as an operator's command has it: operate/ runs as it is. Calls get lost on their way there or back, entries are
 * refused, and the command is interrupted at any call.
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

/** `copyOf`: the other name under which a copy of a letter may go. */
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

  // What operate/ needs of the client.
  return { send } as unknown as SQSClient;
}

/**
 * Operators that handle dead letters through operate/, in one seed of sixteen of arrival order: they redrive
 * those with a common reason, or all, and edit requests. They are interrupted, and others repeat the action.
 * Each request gets only one edit.
 */

import { editDead, listDead, redriveDead } from '../../operate/dead.ts';
import { DEAD_PLACES, type DeadLetter } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import type { PlannedRequest } from '../subject/sample-requests.ts';
import { requestOfBody } from '../subject/sample-requests.ts';
import { type Chance, createChance } from './chance.ts';
import { operatorClient } from './operator-client.ts';
import type { World } from './world.ts';

const EVERY = 16;
const FIRST = 12;
const VISITS_MAX = 20;
/** A queue with more letters is left to the end, because each look receives all of them. */
const LETTERS_MAX = 200;
const EDIT_SHARE = 0.6;
const READINGS_MAX = 3;
/** Longer than an interrupted command hides letters. */
const HIDDEN_MS = 130_000;

export function hasOperators(seed: number, { workload: { mode } }: World): boolean {
  return seed % EVERY === FIRST && mode.order === 'arrival';
}

/** Returns a function that starts an operator after all faults have ended. */
export function scheduleLetters(world: World, seed: number, healAt: number): () => Promise<void> {
  const { clock } = world;
  const chance = createChance(seed, 19);
  const attend = operatorOf(world, chance);
  const spanMs = healAt - clock.now();
  for (let visits = chance.whole(2, VISITS_MAX); visits > 0; visits -= 1) {
    void clock.sleep(chance.between(1_000, spanMs)).then(() => attend());
  }
  return async () => {
    await clock.advance(HIDDEN_MS);
    void attend('edit'); // The clock continues while the run comes to rest.
  };
}

type Deed = 'edit' | 'redrive by reason' | 'redrive all';

function operatorOf(world: World, chance: Chance): (deed?: Deed) => Promise<void> {
  const { queues, oracle, trace } = world;
  const edits = new Map<number, number>();
  const sqs = operatorClient(world, chance, (name) => {
    const edited = edits.get(Number(name.slice(1)));
    return edited === undefined ? undefined : `#${edited}`;
  });
  // The parts of a deployment that operate/ uses for the two queues.
  const deployment = {
    local: true,
    sqs,
    requestsQueue: queues.requests.settings.url,
    backfillQueue: queues.backfill?.settings.url,
    requestsDeadLetterQueue: queues.requestsDead.settings.url,
    readingsQueue: queues.readings.settings.url,
    readingsDeadLetterQueue: queues.readingsDead.settings.url,
  } as unknown as Deployment;
  const options = {
    places: DEAD_PLACES.filter((place) => place !== 'outputs'),
    limit: 10 * LETTERS_MAX,
    signal: new AbortController().signal,
  };

  async function edit(letter: DeadLetter): Promise<void> {
    const n = requestOfBody(letter.body);
    const plan = oracle.plans[n];
    if (plan === undefined || plan.editedFrom !== undefined) return;
    const edited = edits.get(n) ?? planEdit(plan, world, chance);
    edits.set(n, edited);
    trace.add(`operator edits #${n} to #${edited}`);
    await editDead(deployment, letter.id, `{ "n": ${edited} }`, options).catch(interruption);
  }

  /** A TypeError is a fault of the command, such as the use of a part that this deployment lacks. */
  function interruption(error: unknown): undefined {
    if (error instanceof TypeError) throw error;
    trace.add(`operator is told: ${error instanceof Error ? error.message : String(error)}`);
  }

  return async (deed = chance.pick(['edit', 'redrive by reason', 'redrive all'])) => {
    const lying = queues.requestsDead.counts().visible + queues.readingsDead.counts().visible;
    if (lying === 0 || lying > LETTERS_MAX) return;
    trace.add(`operator comes to ${deed}`);
    if (deed === 'redrive all') {
      await redriveDead(deployment, 'all', options).catch(interruption);
      return;
    }
    const letters = (await listDead(deployment, options).catch(interruption)) ?? [];
    if (letters.length === 0) return;
    const { reason } = chance.pick(letters);
    if (deed === 'redrive by reason') {
      oracle.count('redrivenByReason');
      await redriveDead(deployment, (letter) => letter.reason === reason, options).catch(interruption);
      return;
    }
    for (const letter of letters) {
      if (letter.place === 'requests' && chance.happens(EDIT_SHARE)) await edit(letter);
    }
  };
}

/** Plans the edited request for the old one's keys, whose receipts would drop a request with the old id. */
function planEdit(old: PlannedRequest, { oracle, workload }: World, chance: Chance): number {
  const n = oracle.plans.length;
  const keys = [...new Set(old.readings(0).map(({ k }) => k))].slice(0, READINGS_MAX);
  if (keys.length === 0) keys.push(chance.pick(workload.keys));
  oracle.plan({
    n,
    kind: 'plain',
    body: `{"n":${n}}`,
    id: undefined,
    turn: undefined,
    submitAt: [],
    editedFrom: old.n,
    readings: () => keys.map((k, s) => ({ r: n, s, a: 0, k, t: 'plain' as const })),
  });
  return n;
}

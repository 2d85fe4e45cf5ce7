/**
 * Checks at rest, when nothing fails any more. The queues are empty (liveness). By id, everything that was
 * accepted is applied, set aside or refused with a reason, and nothing is in two places (I1, I7, I8).
 */

import { REFUSED_KINDS, requestOfBody } from '../subject/sample-requests.ts';
import type { World } from '../world/world.ts';
import { openForEver } from './check-open.ts';
import { nextOf } from './check-order.ts';
import { checkPending } from './check-wakes.ts';
import { isSettled, type KeyFacts } from './facts.ts';
import { checkFollowed } from './judge-hops.ts';
import { name, type RequestFacts } from './ledger.ts';
import { parseMessage, requestsIn, type SlotFacts } from './message-facts.ts';
import { contentId, isPoison } from './reference.ts';

export function checkRest(world: World, build: number): void {
  checkQuiet(world);
  const deadRequests = countBy(world.queues.requestsDead.list().map(({ body }) => requestOfBody(body)));
  for (const request of world.oracle.requests) checkRequest(request, deadRequests, world);
  const letters = slotsIn(world.queues.readingsDead.list().map(({ body }) => body));
  // The writer's bucket counts too. A write without an answer leaves a copy there, even if the letter is
  // delivered.
  const undelivered = slotsIn(world.stream.undelivered.map((image) => image['body']?.S ?? ''));
  const aside = new Set([...letters, ...undelivered]);
  for (const facts of world.oracle.keys.values()) {
    checkMessages(facts, { aside, letters }, build, world);
    checkHeard(facts, world);
    for (const identity of openForEver(facts))
      world.oracle.broken(
        'I6 receipts',
        `the request of ${identity} is left open, and its last message has a receipt`,
        name(facts.key),
      );
    checkOutputs(facts, world);
  }
  checkDeadLetters(world);
  checkNothingWaits(world, build);
}

/** Also called before the probes, which would wake keys that nothing else woke. */
export function checkNothingWaits(world: World, build: number): void {
  for (const facts of world.oracle.keys.values()) {
    const isAside = world.stream.undelivered.some(
      ({ pk, waking }) => pk?.S === facts.key && waking !== undefined,
    );
    // If the writer could not schedule a wake for hours, its batch is in the bucket and the key waits for the
    // next reading.
    if (!(isAside && world.workload.mode.skipAfterMinutes !== undefined)) checkTurns(facts, world);
    checkPending(facts, isAside, build, (invariant, text) =>
      world.oracle.broken(invariant, text, name(facts.key)),
    );
  }
}

/** Whether a dead letter would succeed if it were redriven now. */
export function hasCurable({ queues, oracle }: World, build: number): boolean {
  const requests = queues.requestsDead.list().map(({ body }) => oracle.requests[requestOfBody(body)]);
  if (requests.some((request) => request !== undefined && !REFUSED_KINDS.has(request.plan.kind))) return true;
  return queues.readingsDead.list().some(({ body }) => {
    const message = parseMessage(body);
    if (message === undefined) return false;
    if (message.slots.length === 0) return true;
    const aside = oracle.keys.get(message.key)?.aside;
    return message.slots.some(
      ({ reading, slot }) => !isPoison(reading.t, build) && aside?.get(slot)?.late !== true,
    );
  });
}

function checkQuiet({ queues, stream, oracle }: World): void {
  for (const queue of [queues.requests, queues.backfill ?? [], queues.readings].flat()) {
    for (const { body, status } of queue.list()) {
      oracle.broken('liveness', `a message is still ${status} in ${queue.settings.name}`, body.slice(0, 200));
    }
  }
  if (stream.pending > 0)
    oracle.broken('liveness', `${stream.pending} records are still in the stream`, 'stream');
}

function checkRequest(
  { plan, submitted, attempts }: RequestFacts,
  dead: Map<number, number>,
  { oracle }: World,
): void {
  if (submitted === 0) return;
  const isDead = dead.has(plan.n);
  // An edited request counts as another one, which is checked by itself.
  const isEdited = oracle.requests.some(
    ({ plan: { editedFrom }, submitted: sent }) => editedFrom === plan.n && sent > 0,
  );
  const subject = `#${plan.n}`;
  if (REFUSED_KINDS.has(plan.kind)) {
    if (!isDead && !isEdited)
      oracle.broken('I1 conservation', `refused request ${subject} is in no dead-letter queue`, plan.kind);
    return;
  }
  if (isDead) oracle.broken('I8 poison', `sound request ${subject} is still dead-lettered`, plan.kind);
  const read = [...attempts].some((attempt) =>
    plan
      .readings(attempt)
      .every(
        ({ r, s, k }) =>
          oracle.keys.get(k)?.natural.has(`${r}.${s}`) || oracle.keys.get(k)?.asideNatural.has(`${r}.${s}`),
      ),
  );
  if (!read && !isEdited)
    oracle.broken('I1 conservation', `request ${subject} (${plan.kind}) has not taken full effect`, subject);
}

/** Slots with a copy in one of these messages. */
function slotsIn(bodies: readonly string[]): Set<string> {
  return new Set(bodies.flatMap((body) => parseMessage(body)?.slots.map((slot) => placeOf(slot)) ?? []));
}

function placeOf({ message, slot }: SlotFacts): string {
  return `${message.key} ${slot}`;
}

interface Copies {
  /** Slots that are set aside. */
  readonly aside: ReadonlySet<string>;
  /** Those of them that a redrive brings back. */
  readonly letters: ReadonlySet<string>;
}

function checkMessages(facts: KeyFacts, { aside, letters }: Copies, build: number, { oracle }: World): void {
  const broken = (invariant: string, text: string) => oracle.broken(invariant, text, name(facts.key));
  for (const [message] of facts.versions.values()) {
    if (message !== undefined && !message.single && !isSettled(facts, message)) {
      const requests = message.slots.map(({ reading }) => `#${reading.r}`)[0];
      broken(
        'I1 conservation',
        `${requests}: message ${message.identity} was admitted and took no full effect`,
      );
    }
  }
  for (const [slot, { reading, late }] of facts.aside) {
    if ((facts.applied.has(slot) && !late) || facts.dropped.has(slot)) continue;
    const about = `#${reading.r}: ${reading.t} reading ${contentId(reading)}`;
    if (!aside.has(`${facts.key} ${slot}`))
      broken('I1 conservation', `${about} was set aside and is nowhere`);
    if (!isPoison(reading.t, build) && !late)
      broken('I8 poison', `${about} is not poison any more and still set aside`);
  }
  for (const slot of facts.contents.values()) {
    const { reading, content } = slot;
    const isAside = letters.has(`${facts.key} ${slot.slot}`);
    // A message that was partly applied before its place was given up is set aside whole.
    if (isAside && facts.applied.has(slot.slot) && !facts.aside.get(slot.slot)?.late) {
      broken('I1 conservation', `#${reading.r}: ${content} is applied and still in the dead-letter queue`);
    }
  }
}

/** Nothing waits: every place of a request was taken or given up, and nothing is parked. */
function checkTurns(facts: KeyFacts, world: World): void {
  const broken = (text: string) => world.oracle.broken('liveness', text, name(facts.key));
  for (const message of facts.parked.values()) broken(`${requestsIn(message)} is still parked`);
  const { sequence } = nextOf(facts.item);
  for (const { plan, submitted } of world.oracle.requests) {
    if (submitted === 0 || plan.turn?.key !== facts.key || plan.turn.sequence < sequence) continue;
    // Nothing waits behind this place, so its time-out does not start.
    if (world.workload.mode.skipAfterMinutes !== undefined && REFUSED_KINDS.has(plan.kind)) continue;
    broken(`#${plan.n} has place ${plan.turn.sequence}, and ${sequence} is next`);
  }
}

function checkOutputs(facts: KeyFacts, { oracle, stream }: World): void {
  const aside = new Set(
    stream.undelivered
      .filter((image) => image['sk']?.S === 'state')
      .map((image) => `${image['pk']?.S}/${image['version']?.N}/`),
  );
  for (const id of facts.outputs.keys()) {
    const version = id.slice(0, id.lastIndexOf('/') + 1);
    if (facts.delivered.has(id) || aside.has(version)) continue;
    oracle.broken('I7 outputs', `output ${id} was never delivered`, name(facts.key));
  }
  checkFollowed(facts, (id) => aside.has(id.slice(0, id.lastIndexOf('/') + 1)), oracle);
}

function checkDeadLetters({ queues, oracle, stream }: World): void {
  const bodies = new Set(queues.readingsDead.list().map(({ body }) => body));
  for (const image of stream.undelivered) bodies.add(image['body']?.S ?? '');
  for (const [body] of oracle.junk) {
    if (!bodies.has(body))
      oracle.broken('I1 conservation', 'a junk message is in no dead-letter queue', body);
  }
}

/** Call it after every key was sent a migrate word, and before the probes, which would migrate keys too. */
export function checkTouched({ oracle }: World, build: number): void {
  for (const { key, item } of oracle.keys.values()) {
    const version = item?.['state'] === undefined ? undefined : Number(item['stateVersion']?.N ?? 1);
    if (version !== undefined && version !== build)
      oracle.broken('I15 words', `a state of version ${version} is left`, name(key));
  }
}

/** Every word was processed. */
function checkHeard({ key, words }: KeyFacts, { oracle }: World): void {
  for (const [id, { kind }] of words.said)
    if (!words.heard.has(id)) oracle.broken('I15 words', `${kind} ${id} had no effect`, name(key));
}

function countBy<T>(list: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

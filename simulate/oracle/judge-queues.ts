/**
 * Messages that the queues accept and give up. I9 ack: a message may leave a queue only when its content is
 * durable elsewhere. A request may leave when all its readings were accepted or it was dead-lettered itself;
 * a reading when it took effect or is parked.
 */
import type { Lane } from '../../functions/backfill.ts';
import { padSequenceNumber } from '../../functions/state.ts';
import type { ReceivedMessage, SendResult, SqsMessage } from '../../model/queue/types.ts';
import {
  dropsSomething,
  type PlannedRequest,
  REFUSED_KINDS,
  requestOfBody,
} from '../subject/sample-requests.ts';
import { admit, idOf } from './admit.ts';
import { receiptsOf } from './check-receipts.ts';
import type { KeyFacts } from './facts.ts';
import { isOneTooMany } from './judge-hops.ts';
import { judgeDeadLane, judgeLane } from './judge-lanes.ts';
import { type Ledger, name, type RequestFacts } from './ledger.ts';
import { type MessageFacts, parseMessage, requestsIn } from './message-facts.ts';
import { hasTakenEffect } from './taken-effect.ts';

export interface QueueJudge {
  submitted(body: string, lane: Lane): void;
  admitted(message: SqsMessage, result: SendResult): void;
  requestDeadLettered(message: SqsMessage, native: boolean): void;
  /** `givenUp`: if SQS itself gave the message up, its sequence number in the readings queue. */
  deadLettered(body: string, givenUp: string | undefined): void;
  requestDeleted(message: ReceivedMessage): void;
  messageDeleted(message: ReceivedMessage, invocation: string): void;
}

const WINDOW_MS = 5 * 60_000;

export function judgeQueues(ledger: Ledger): QueueJudge {
  const { trace, requests, count } = ledger;
  const firstAdmitted = new Map<string, number>();
  return {
    submitted(body, lane) {
      const facts = requests[requestOfBody(body)];
      if (facts === undefined) return;
      trace.add(`queue took request #${facts.plan.n} (${facts.plan.kind})`);
      facts.submitted += 1;
      judgeLane(facts, lane, ledger);
      if (facts.plan.isFed) count(facts.submitted === 1 ? 'passedOn' : 'passedOnAgain');
      else if (facts.plan.submitAt.length === 0) countSubmitted(facts, count);
      if (REFUSED_KINDS.has(facts.plan.kind)) count('refusedRequest');
      const dropped = dropsSomething(body);
      if (dropped !== undefined) count(dropped);
      if (facts.plan.kind === 'large') count('chunkedRequest');
    },
    admitted: (message, result) => admit(message, result, firstAdmitted, ledger),
    requestDeadLettered({ body, attributes = {} }, native) {
      const facts = requests[requestOfBody(body)];
      facts?.deadLettered.push(ledger.now());
      trace.add(`dead-letter queue took request #${facts?.plan.n}`);
      if (facts !== undefined && isOneTooMany(facts)) count('chainEnded');
      count('requestDeadLettered');
      if (facts === undefined) return;
      if (!native) judgeDeadLane(facts, attributes, ledger);
      if (!native) checkTombstone(facts.plan, ledger);
      checkOwnFault(facts, native, ledger);
    },
    deadLettered(body, givenUp) {
      const message = parseMessage(body);
      if (message !== undefined && givenUp !== undefined) losePlace(message, givenUp, ledger);
      trace.add(
        `dead-letter queue took ${message === undefined ? 'junk' : `${requestsIn(message)} ${message.identity}`}`,
      );
    },
    requestDeleted: (message) => checkRequestDeleted(message, ledger),
    messageDeleted: (message, invocation) => checkMessageDeleted(message, invocation, firstAdmitted, ledger),
  };
}

function countSubmitted({ plan, submitted }: RequestFacts, count: Ledger['count']): void {
  if (plan.editedFrom !== undefined) count(submitted === 1 ? 'edited' : 'editedAgain');
  else if (plan.hops === undefined) count(submitted === 1 ? 'submitted' : 'submittedAgain');
  else count(submitted === 1 ? 'submittedByWrite' : 'submittedByWriteAgain');
}

/**
 * A message that SQS gave up has lost its place: an invocation that still holds it may apply it now, as a
 * redrive would later.
 */
function losePlace(message: MessageFacts, givenUp: string, { factsOf }: Ledger): void {
  const { key, slots } = message;
  const { contents, words } = factsOf(key);
  words.lost.add(idOf(message));
  for (const { content } of slots) contents.get(content)?.lost.add(padSequenceNumber(givenUp));
}

/**
 * Where gaps are skipped, the key learns of the gap before the request is set aside: nothing would report it
 * afterwards.
 */
function checkTombstone({ n, turn }: PlannedRequest, { mode, keys, broken }: Ledger): void {
  if (turn === undefined || mode.gap === 'wait') return;
  if (keys.get(turn.key)?.order.tombstones.has(turn.sequence)) return;
  broken('I9 ack', `request #${n} was set aside, and its key was not told`, `#${n}`);
}

/** A request is set aside only because its own read failed, whatever neighbouring reads do. */
function checkOwnFault(facts: RequestFacts, native: boolean, { broken }: Ledger): void {
  const { plan, ownFailures } = facts;
  if (native && plan.kind === 'endsItsFunction')
    broken('I10 isolation', `request #${plan.n} was given up by SQS, and nobody knows why`, plan.kind);
  if (REFUSED_KINDS.has(plan.kind) || ownFailures > 0 || isOneTooMany(facts)) return;
  broken('I10 isolation', `request #${plan.n} was given up, and no read of it ever failed`, plan.kind);
}

function checkRequestDeleted(message: ReceivedMessage, ledger: Ledger): void {
  const { requests, trace, broken } = ledger;
  const n = requestOfBody(message.body);
  const facts = requests[n];
  trace.add(`queue deleted request #${n}`);
  if (facts === undefined || facts.deadLettered.some((at) => at >= message.sentAt)) return;
  if (REFUSED_KINDS.has(facts.plan.kind)) {
    broken('I9 ack', `request #${n} (${facts.plan.kind}) was acknowledged and is not dead-lettered`, `#${n}`);
  } else if (![...facts.attempts].some((attempt) => isAdmitted(facts.plan, attempt, ledger))) {
    broken('I9 ack', `request #${n} was acknowledged before all its readings were admitted`, `#${n}`);
  }
  for (const child of facts.plan.submits ?? []) {
    if ((requests[child]?.submitted ?? 0) > 0) continue;
    broken(
      'I9 ack',
      `request #${n} was acknowledged before #${child}, which it submits, was on its queue`,
      `#${n}`,
    );
  }
}

/**
 * Whether every reading of that attempt is on the readings queue, with the content of this or another
 * attempt.
 */
function isAdmitted(plan: PlannedRequest, attempt: number, { requests, keys }: Ledger): boolean {
  const { turn } = plan;
  // A request without readings still takes its place.
  if (turn !== undefined && !keys.get(turn.key)?.order.turns.has(turn.sequence)) return false;
  const others = [...(requests[plan.n]?.attempts ?? [])];
  return plan.readings(attempt).every(({ r, s, k }) => {
    const contents = keys.get(k)?.contents;
    return others.some((other) => contents?.has(`${r}.${s}.${plan.readings(other)[0]?.a}`));
  });
}

/** Whether the message was set aside whole and its copy is in the table. */
function hasCopy({ deadCopies }: KeyFacts, { identity, read, single }: MessageFacts): boolean {
  if (single) return false;
  return [...deadCopies.values()].some((copy) => copy?.identity === identity && copy.read === read);
}

function checkMessageDeleted(
  message: ReceivedMessage,
  invocation: string,
  firstAdmitted: ReadonlyMap<string, number>,
  { trace, junk, broken, factsOf, count, now }: Ledger,
): void {
  const parsed = parseMessage(message.body);
  if (parsed === undefined) {
    trace.add('queue deleted a junk message');
    if (junk.get(message.body)?.buried !== true) {
      broken('I9 ack', 'a junk message was acknowledged before it was set aside', message.messageId);
    }
    return;
  }
  const facts = factsOf(parsed.key);
  trace.add(`queue deleted ${requestsIn(parsed)} ${parsed.identity} of ${name(parsed.key)}`);
  const own = padSequenceNumber(message.sequenceNumber ?? '');
  const twins = [...facts.parked.values()].filter(({ identity }) => identity === parsed.identity);
  const isKept = twins.length > 0 || hasCopy(facts, parsed);
  if (!hasTakenEffect(facts, parsed, message.messageId, invocation) && !isKept) {
    broken('I9 ack', `message ${parsed.identity} was acknowledged before it took effect`, requestsIn(parsed));
  }
  if (twins.length > 0 && !twins.some(({ messageId }) => messageId === message.messageId))
    count('repeatOfParked');
  const repeat = parsed.slots.some(({ slot }) => {
    const applied = facts.applied.get(slot);
    return applied !== undefined && applied.sequence !== own;
  });
  if (!repeat) return;
  count('receiptHit');
  if (parsed.isPartial) count('partialRepeated');
  const first = firstAdmitted.get(`${parsed.key} ${parsed.identity}`) ?? now();
  if (message.sentAt - first >= WINDOW_MS) count('receiptHitAfterWindow');
  if (!receiptsOf(facts.item).includes(parsed.receipt)) count('receiptHitInPage');
}

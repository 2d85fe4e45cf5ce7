/**
 * The oracle: sees every message that a queue takes or gives up, every write that lands, every output that a sink
 * gets and every acknowledgement, and judges them against the reference. It asks nothing of the code under test.
 */

import type { Item } from '../functions/aws/dynamo-items.ts';
import type { Delivery } from '../functions/pipeline.ts';
import { padSequenceNumber } from '../functions/state.ts';
import type { ReceivedMessage, SendResult, SqsMessage } from '../local/sqs/types.ts';
import { checkCommit, receiptsOf } from './check-commit.ts';
import type { CounterName, Counters } from './counters.ts';
import { createKeyFacts, isDealt, isSettled, type KeyFacts, parseMessage, requestsIn } from './facts.ts';
import { createInvocations, type Invocations } from './invocations.ts';
import type { Landing } from './network.ts';
import type { Trace } from './trace.ts';
import { type PlannedRequest, REFUSED_KINDS, requestOfBody, type Workload } from './workload.ts';

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

export interface RequestFacts {
  readonly plan: PlannedRequest;
  submitted: number;
  /** Attempts whose read returned. */
  readonly attempts: Set<number>;
  /** When the dead-letter queue took it in. */
  readonly deadLettered: number[];
}

export interface Oracle extends Invocations {
  readonly keys: ReadonlyMap<string, KeyFacts>;
  readonly requests: readonly RequestFacts[];
  readonly plans: readonly PlannedRequest[];
  readonly junk: Map<string, { buried: boolean }>;
  readonly violations: readonly Violation[];
  count(name: CounterName): void;
  broken(invariant: string, text: string, subject: string): void;
  /** One more request than the workload has. */
  plan(request: PlannedRequest): void;
  submitted(body: string): void;
  readReturned(n: number, attempt: number): void;
  admitted(message: SqsMessage, result: SendResult): void;
  requestDeadLettered(body: string): void;
  deadLettered(body: string): void;
  requestDeleted(message: ReceivedMessage): void;
  messageDeleted(message: ReceivedMessage): void;
  written(landing: Landing, changes: readonly Change[]): void;
  delivered(outputs: readonly Delivery<unknown>[]): void;
}

interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface OracleWorld {
  readonly workload: Workload;
  readonly counters: Counters;
  readonly trace: Trace;
  readonly now: () => number;
  readonly item: (pk: string, sk: string) => Item | undefined;
}

const VIOLATIONS_MAX = 20;
const WINDOW_MS = 5 * 60_000;

export function createOracle({ workload, counters, trace, now, item }: OracleWorld): Oracle {
  const keys = new Map<string, KeyFacts>();
  const violations: Violation[] = [];
  const junk = new Map<string, { buried: boolean }>();
  const firstAdmitted = new Map<string, number>();
  const plans: PlannedRequest[] = [];
  const requests: RequestFacts[] = [];
  for (const plan of workload.requests) planned(plan);

  function planned(plan: PlannedRequest): void {
    plans.push(plan);
    requests.push({ plan, submitted: 0, attempts: new Set(), deadLettered: [] });
  }

  function factsOf(key: string): KeyFacts {
    const known = keys.get(key) ?? createKeyFacts(key);
    keys.set(key, known);
    return known;
  }

  function count(name: CounterName): void {
    counters[name] += 1;
  }

  function broken(invariant: string, text: string, subject: string): void {
    trace.add(`VIOLATION ${invariant}: ${text} (${subject})`);
    if (violations.length < VIOLATIONS_MAX) violations.push({ invariant, text: `${text} (${subject})` });
  }

  const invocations = createInvocations({ factsOf, count, broken, now });

  function admitted(message: SqsMessage, result: SendResult): void {
    const parsed = parseMessage(message.body);
    if (parsed === undefined) {
      if (!result.duplicate && !junk.has(message.body)) junk.set(message.body, { buried: false });
      return;
    }
    const about = `${requestsIn(parsed)} ${parsed.identity} of ${name(parsed.key)}`;
    trace.add(`queue ${result.duplicate ? 'dropped' : 'admitted'} ${about}`);
    if (result.duplicate) {
      count('deduplicated');
      return;
    }
    const facts = factsOf(parsed.key);
    const versions = facts.versions.get(parsed.identity) ?? [];
    facts.versions.set(parsed.identity, versions);
    facts.identities.set(parsed.receipt, parsed.identity);
    if (!firstAdmitted.has(`${parsed.key} ${parsed.identity}`)) {
      firstAdmitted.set(`${parsed.key} ${parsed.identity}`, now());
    }
    if (parsed.previous !== undefined && !facts.versions.has(parsed.previous)) {
      broken('I3 order', `${about} was admitted before the message that it follows`, name(parsed.key));
    }
    const contents = parsed.slots.map(({ content }) => content).join();
    if (!versions.some((version) => version.slots.map(({ content }) => content).join() === contents)) {
      versions.push(parsed);
    }
    for (const slot of parsed.slots) {
      const known = facts.contents.get(slot.content) ?? slot;
      facts.contents.set(slot.content, known);
      known.sequences.push(padSequenceNumber(result.sequenceNumber ?? ''));
    }
  }

  function requestDeleted(message: ReceivedMessage): void {
    const n = requestOfBody(message.body);
    const facts = requests[n];
    trace.add(`queue deleted request #${n}`);
    if (facts === undefined || facts.deadLettered.some((at) => at >= message.sentAt)) return;
    if (REFUSED_KINDS.has(facts.plan.kind)) {
      broken(
        'I9 ack',
        `request #${n} (${facts.plan.kind}) was acknowledged and is not dead-lettered`,
        `#${n}`,
      );
    } else if (![...facts.attempts].some((attempt) => isAdmitted(facts.plan, attempt))) {
      broken('I9 ack', `request #${n} was acknowledged before all its readings were admitted`, `#${n}`);
    }
  }

  /** Whether every reading of that attempt is on the readings queue, in this or another attempt's content. */
  function isAdmitted(plan: PlannedRequest, attempt: number): boolean {
    const others = [...(requests[plan.n]?.attempts ?? [])];
    return plan.readings(attempt).every(({ r, s, k }) => {
      const contents = keys.get(k)?.contents;
      return others.some((other) => contents?.has(`${r}.${s}.${plan.readings(other)[0]?.a}`));
    });
  }

  function messageDeleted(message: ReceivedMessage): void {
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
    const settled = parsed.single
      ? parsed.slots.every(({ slot }) => isDealt(facts, slot))
      : isSettled(facts, parsed);
    if (!settled) {
      broken(
        'I9 ack',
        `message ${parsed.identity} was acknowledged before it took effect`,
        requestsIn(parsed),
      );
    }
    const own = padSequenceNumber(message.sequenceNumber ?? '');
    const repeat = parsed.slots.some(({ slot }) => {
      const applied = facts.applied.get(slot);
      return applied !== undefined && applied.sequence !== own;
    });
    if (!repeat) return;
    count('receiptHit');
    const first = firstAdmitted.get(`${parsed.key} ${parsed.identity}`) ?? now();
    if (message.sentAt - first >= WINDOW_MS) count('receiptHitAfterWindow');
    if (!receiptsOf(facts.item).includes(parsed.receipt)) count('receiptHitInPage');
  }

  function written(landing: Landing, changes: readonly Change[]): void {
    const states = changes.filter(({ after }) => after?.['sk']?.S === 'state');
    const dead = changes.flatMap(({ after }) => (after?.['sk']?.S?.startsWith('dead/') ? [after] : []));
    for (const { before, after } of changes) {
      if (!after?.['sk']?.S?.startsWith('page/')) continue;
      if (before === undefined) count('pageWritten');
      else if (receiptsOf(before).join() !== receiptsOf(after).join()) {
        broken(
          'I6 receipts',
          `page ${after['sk'].S} was written again with other receipts`,
          after['pk']?.S ?? '',
        );
      }
    }
    for (const { before, after } of states) {
      if (after !== undefined) commit(landing, before, after, dead);
    }
    if (states.length === 0) for (const item of dead) bury(item);
  }

  function commit(landing: Landing, before: Item | undefined, after: Item, dead: readonly Item[]): void {
    const key = after['pk']?.S ?? '';
    const facts = factsOf(key);
    const lineage = after['lineage']?.S ?? '';
    const dealt = checkCommit(
      facts,
      {
        ...{ before, after, dead, build: landing.caller.build },
        page: (number) => receiptsOf(item(key, `page/${lineage}/${String(number).padStart(10, '0')}`)),
      },
      (invariant, text) => broken(invariant, text, name(key)),
    );
    const about = [...new Set(dealt.map(({ reading }) => `#${reading.r}`))].join(' ');
    trace.add(`${landing.invocation} committed version ${after['version']?.N} of ${name(key)} with ${about}`);
    if (dead.length > 0) counters.quarantined += dead.length;
    for (const { slot } of dealt) if ((facts.parked.get(slot)?.times ?? 0) > 1) count('quarantinedAgain');
    for (const { slot } of dealt)
      if (facts.parked.has(slot) && facts.applied.has(slot)) count('redrivenApplied');
    if (after['partly'] !== undefined) count('partialApplication');
    invocations.committed(landing, key, before !== undefined);
    facts.writer = landing.invocation;
  }

  function bury(item: Item): void {
    const found = junk.get(item['body']?.S ?? '');
    if (found !== undefined) found.buried = true;
    else broken('I8 poison', 'a sound message was buried as junk', item['body']?.S ?? '');
  }

  function delivered(outputs: readonly Delivery<unknown>[]): void {
    for (const { id, key, version, output } of outputs) {
      const facts = factsOf(key);
      const text = JSON.stringify(output);
      trace.add(`sink got ${name(id)} ${text}`);
      if (facts.outputs.get(id) !== text) {
        broken(
          'I7 outputs',
          `output ${id} is ${text}, the reference has ${facts.outputs.get(id)}`,
          name(key),
        );
      }
      count('outputDelivered');
      if (facts.delivered.has(id)) {
        count('outputRepeated');
        continue;
      }
      const index = Number(id.slice(id.lastIndexOf('/') + 1));
      const { lastDelivered: last } = facts;
      if (version < last.version || (version === last.version && index < last.index)) {
        broken('I7 outputs', `output ${id} came for the first time after a later one`, name(key));
      }
      facts.lastDelivered = { version, index };
      facts.delivered.set(id, text);
    }
  }

  return {
    ...invocations,
    ...{ keys, requests, junk, violations, count, broken, admitted, requestDeleted, messageDeleted },
    ...{ written, delivered, plans, plan: planned },
    deadLettered(body) {
      const message = parseMessage(body);
      trace.add(
        `dead-letter queue took ${message === undefined ? 'junk' : `${requestsIn(message)} ${message.identity}`}`,
      );
    },
    submitted(body) {
      const facts = requests[requestOfBody(body)];
      if (facts === undefined) return;
      trace.add(`queue took request #${facts.plan.n} (${facts.plan.kind})`);
      facts.submitted += 1;
      if (REFUSED_KINDS.has(facts.plan.kind)) count('refusedRequest');
      if (facts.plan.kind === 'large') count('chunkedRequest');
    },
    readReturned(n, attempt) {
      requests[n]?.attempts.add(attempt);
      trace.add(`read of #${n} returned, attempt ${attempt}`);
    },
    requestDeadLettered(body) {
      const facts = requests[requestOfBody(body)];
      facts?.deadLettered.push(now());
      trace.add(`dead-letter queue took request #${facts?.plan.n}`);
      count('requestDeadLettered');
    },
  };
}

/** Keys and ids in traces: short, and legible whatever they hold. */
export function name(key: string): string {
  return JSON.stringify(key.length > 30 ? `${key.slice(0, 27)}...` : key);
}

/** The table calls of each invocation, which show the branches that it took and its cost (I14). */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { ReceivedMessage } from '../../model/queue/types.ts';
import type { Landing } from '../world/network.ts';
import type { Numbers } from '../world/numbers.ts';
import { receiptsOf } from './check-receipts.ts';
import type { CounterName } from './counters.ts';
import type { KeyFacts } from './facts.ts';
import { type MessageFacts, parseMessage } from './message-facts.ts';

export interface Invocations {
  computing(invocation: string, messages: readonly ReceivedMessage[]): void;
  /** The invocation answered. */
  computed(invocation: string): void;
  /** A call of the invocation met a fault, so it may make more calls than usual. */
  disturbed(invocation: string): void;
  loaded(landing: Landing, key: string): void;
  queried(landing: Landing, key: string, from: string): void;
  conflicted(landing: Landing, current: Item): void;
  /** `needsMore`: the commit includes work that costs more. */
  committed(landing: Landing, key: string, hadBase: boolean, needsMore: boolean): void;
}

interface Ports {
  readonly factsOf: (key: string) => KeyFacts;
  readonly count: (name: CounterName) => void;
  readonly broken: (invariant: string, text: string, subject: string) => void;
  readonly now: () => number;
}

interface Calls {
  loads: number;
  commits: number;
  conflicts: number;
  queries: number;
  needsMore: boolean;
  /** False if messages of this key need more than one commit or a lookup. */
  readonly simple: boolean;
  suspect: boolean;
  readonly messages: readonly ReceivedMessage[];
}

const SUSPECT_AFTER_MS = 4.5 * 60_000;

export function createInvocations({ factsOf, count, broken }: Ports, numbers: Numbers): Invocations {
  const invocations = new Map<string, Map<string, Calls>>();

  const disturbed = new Set<string>();

  function callsOf({ invocation }: Landing, key: string): Calls {
    return invocations.get(invocation)?.get(key) ?? newCalls([], true);
  }

  return {
    computing(invocation, messages) {
      const byKey = new Map<string, ReceivedMessage[]>();
      const junk = messages.some(({ body }) => parseMessage(body) === undefined);
      for (const message of messages) {
        const parsed = parseMessage(message.body);
        if (parsed === undefined) continue;
        byKey.set(parsed.key, [...(byKey.get(parsed.key) ?? []), message]);
        if (isApplied(message, parsed, factsOf(parsed.key))) count('sequenceHit');
      }
      invocations.set(invocation, new Map([...byKey].map(([key, own]) => [key, newCalls(own, junk)])));
    },
    computed(invocation) {
      for (const [key, calls] of invocations.get(invocation) ?? []) {
        if (disturbed.has(invocation)) continue;
        for (const text of tooDear(calls)) broken('I14 cost', text, `${invocation} ${key}`);
      }
      invocations.delete(invocation);
    },
    disturbed(invocation) {
      disturbed.add(invocation);
    },
    loaded(landing, key) {
      callsOf(landing, key).loads += 1;
    },
    queried(landing, key, from) {
      const calls = callsOf(landing, key);
      if (from.startsWith('parked/')) {
        calls.needsMore = true;
        return;
      }
      calls.queries += 1;
      calls.suspect ||= calls.messages.some((message) => needsProof(message, factsOf(key), numbers));
      count('pageLookUp');
    },
    conflicted(landing, current) {
      const key = current['pk']?.S ?? '';
      const calls = callsOf(landing, key);
      calls.conflicts += 1;
      if (landing.late) return count('zombieWriteRefused');
      const own = factsOf(key).writer === landing.invocation;
      count(own ? 'ownWriteConflict' : 'foreignConflict');
      if (!own && calls.loads === 0) count('staleCache');
    },
    committed(landing, key, hadBase, needsMore) {
      const calls = callsOf(landing, key);
      calls.needsMore ||= needsMore;
      if (landing.late) return count('zombieWriteApplied');
      if (calls.conflicts > 0) count('refold');
      else if (hadBase && calls.loads === 0 && calls.commits === 0) count('cacheHit');
      calls.commits += 1;
    },
  };
}

function tooDear({ commits, loads, queries, conflicts, needsMore, simple, suspect }: Calls): string[] {
  if (conflicts > 0 || needsMore || !simple) return [];
  return [
    ...(commits > 1 ? [`${commits} commits of one key`] : []),
    ...(loads > 1 ? [`${loads} loads of one key`] : []),
    ...(queries > 0 && !suspect ? ['pages were looked up though no message was a suspect'] : []),
  ];
}

function newCalls(messages: readonly ReceivedMessage[], junk: boolean): Calls {
  const readings = messages.flatMap(({ body }) => parseMessage(body)?.slots ?? []);
  return {
    loads: 0,
    commits: 0,
    conflicts: 0,
    queries: 0,
    needsMore: false,
    messages,
    simple: !junk && readings.every(({ reading }) => SIMPLE_KINDS.has(reading.t)),
    suspect: messages.some(({ body, sentAt }) => sentAt - sinceOf(body) > SUSPECT_AFTER_MS),
  };
}

/** By its current sequence number. */
function isApplied(
  { sequenceNumber = '' }: ReceivedMessage,
  { slots }: MessageFacts,
  facts: KeyFacts,
): boolean {
  const own = sequenceNumber.padStart(39, '0');
  return slots.some(({ slot }) => facts.applied.get(slot)?.sequence === own);
}

/**
 * Its number is not above the item's, so it may already have been processed, but the item does not show that.
 */
function needsProof(
  { body, sequenceNumber = '' }: ReceivedMessage,
  facts: KeyFacts,
  numbers: Numbers,
): boolean {
  const receipt = parseMessage(body)?.receipt ?? '';
  return (
    numbers.told(sequenceNumber).padStart(39, '0') <= (facts.item?.['sequenceNumber']?.S ?? '') &&
    (numbers.fall || !receiptsOf(facts.item).includes(receipt))
  );
}

/** Readings that neither prolong a fold nor can be set aside. */
const SIMPLE_KINDS: ReadonlySet<string> = new Set(['plain', 'inPlace', 'emits', 'skips']);

function sinceOf(body: string): number {
  return Number(/"since":(\d+)/.exec(body)?.[1] ?? 0);
}

/**
 * Judges one commit: its state must be what the plain fold makes of the readings in its log, each once, and
 * its outputs must match. Readings that it set aside must be those on which the plain fold fails.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { reasonOf } from '../functions/errors.ts';
import { encodeJson, isRecord } from '../functions/json.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { idOf, type Logged, readLog } from './log.ts';
import { computeOnce, type Incoming, initialState } from './plain-fold.ts';
import { showDifferences } from './purity.ts';

export interface KeyFacts {
  readonly key: string;
  item: Item | undefined;
  /** The plain fold of the applied readings, in the order in which they took effect. */
  state: string;
  readonly applied: Set<string>;
  readonly aside: Set<string>;
  readonly outputs: Map<string, unknown>;
  readonly delivered: Set<string>;
  /** In request order: the place of the last applied request. */
  lastSequence: number;
}

/** A reading as the author's compute received it; undefined if its key never received it. */
export type Find = (key: string, logged: Logged) => (Incoming & { readonly sequence: number }) | undefined;

export interface LandedCommit {
  readonly item: Item;
  /** Readings that were set aside with this commit because compute failed, with their reasons. */
  readonly failed: readonly { readonly logged: Logged; readonly reason: string }[];
}

export type Broken = (what: string, text: string) => void;

export function beginKey(pipeline: Pipeline, key: string): KeyFacts {
  return {
    key,
    item: undefined,
    state: initialState(pipeline, key),
    lastSequence: 0,
    applied: new Set(),
    aside: new Set(),
    outputs: new Map(),
    delivered: new Set(),
  };
}

/** Returns the readings that the commit applied. */
export function judgeCommit(
  pipeline: Pipeline,
  facts: KeyFacts,
  { item, failed }: LandedCommit,
  find: Find,
  broken: Broken,
): Logged[] {
  const version = Number(item['version']?.N);
  if (version !== Number(facts.item?.['version']?.N ?? 0) + 1) {
    broken('chain', `version ${version} does not follow the previous one`);
  }
  facts.item = item;
  const kept = loggedStateOf(item);
  const fresh = readLog(kept?.log ?? []).slice(facts.applied.size);
  // A reading that was set aside was tried on one of these states.
  const states = [facts.state];
  const outputs = fresh.flatMap((logged) => {
    const own = applyPlainly(pipeline, facts, logged, find, broken);
    states.push(facts.state);
    return own;
  });
  for (const { logged, reason } of failed) {
    const incoming = find(facts.key, logged);
    if (incoming === undefined || states.some((state) => 'error' in computeOnce(pipeline, state, incoming)))
      continue;
    broken('poison', `${nameLogged(logged)} was set aside (${reason}), but the plain fold computes it`);
  }
  if (kept !== undefined) compareState(facts, kept.own, fresh.at(-1), broken);
  const given: unknown = JSON.parse(item['outputs']?.S ?? '[]');
  if (!isDeepStrictEqual(outputs, given)) {
    broken(
      'outputs',
      `the outputs of version ${version} differ from those of the plain fold:\n${showDifferences(outputs, given)}\n `,
    );
  }
  outputs.forEach((output, index) => {
    facts.outputs.set(`${facts.key}/${version}/${index}`, output);
  });
  return fresh;
}

function compareState(facts: KeyFacts, own: unknown, last: Logged | undefined, broken: Broken): void {
  const plain: unknown = JSON.parse(facts.state);
  if (isDeepStrictEqual(plain, own)) return;
  const after = last === undefined ? 'the' : `after ${nameLogged(last)} the`;
  broken('state', `${after} state differs from that of the plain fold:\n${showDifferences(plain, own)}\n `);
  // Report one difference only: later commits are compared with the actual state.
  facts.state = encodeJson(own, 'the state');
}

/** Returns the outputs. */
function applyPlainly(
  pipeline: Pipeline,
  facts: KeyFacts,
  logged: Logged,
  find: Find,
  broken: Broken,
): unknown[] {
  const id = idOf(facts.key, logged);
  const incoming = find(facts.key, logged);
  if (facts.applied.has(id)) broken('at most once', `${nameLogged(logged)} took effect twice`);
  facts.applied.add(id);
  if (incoming === undefined) {
    broken('state', `${nameLogged(logged)} was never given to this key`);
    return [];
  }
  // A reading that was set aside has lost its place and may come back later.
  if (!facts.aside.has(id)) {
    if (incoming.sequence < facts.lastSequence)
      broken('order', `${nameLogged(logged)} took effect after a later one`);
    facts.lastSequence = incoming.sequence;
  }
  const step = computeOnce(pipeline, facts.state, incoming);
  if ('error' in step) {
    broken(
      'state',
      `${nameLogged(logged)} took effect, but the plain fold fails on it: ${reasonOf(step.error)}`,
    );
    return [];
  }
  facts.state = step.state;
  return step.outputs.map((text) => JSON.parse(text));
}

function nameLogged({ n, place }: Logged): string {
  return `reading ${place} of request #${n}`;
}

/**
 * The kit's own envelope (subject.ts). Undefined if the key has no state because all of its messages are
 * waiting.
 */
function loggedStateOf(item: Item): { readonly log: unknown; readonly own: unknown } | undefined {
  const text = item['state']?.S ?? '';
  if (text === '') return undefined;
  const state: unknown = JSON.parse(text);
  return isRecord(state) ? { log: state['log'], own: state['own'] } : { log: [], own: undefined };
}

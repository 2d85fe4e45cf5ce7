/**
 * The rules for `migrate`, tested for each state: it is pure, it returns a state that compute can continue
 * from, and it gives the same result before and after a merge.
 */
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../functions/errors.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { migrateState } from '../functions/state-versions.ts';
import { mergeParts } from './merge-law.ts';
import { withOutside } from './outside.ts';
import { computeOnce, type Incoming, initialState, nameReading } from './plain-fold.ts';
import { showDifferences } from './purity.ts';
import { type Finding, show, UNREPEATABLE } from './report.ts';

/** A state of an older version, as text. */
export interface OldState {
  readonly key: string;
  readonly stateVersion: number;
  readonly state: string;
}

export type Migrated = { readonly state: string } | { readonly finding: Finding };

export function migrateOnce({ state: versions }: Pipeline, old: OldState): Migrated {
  const migrate = () => {
    try {
      return { state: migrateState(old.state, old, versions) };
    } catch (error) {
      return { reason: reasonOf(error) };
    }
  };
  const asked = new Set<string>();
  const migrated = withOutside('as it is', asked, migrate);
  const again = withOutside('another', asked, migrate);
  if (!isDeepStrictEqual(outcomeOf(migrated), outcomeOf(again)))
    return { finding: differsWhenRepeated(old, migrated, again, asked) };
  if (migrated.state !== undefined) return { state: migrated.state };
  return {
    finding: {
      kind: 'migration fails',
      text: `${nameOld(old)} cannot be migrated: ${migrated.reason}\n  it is ${shorten(old.state)}`,
      wayOut:
        'Every reading of such a key would be set aside, or would stop the key. Fix the step of migrate: it must accept every ' +
        'state that an older build has left, and return plain JSON.',
    },
  };
}

interface Attempt {
  readonly state?: string;
  readonly reason?: string;
}

function outcomeOf({ state, reason }: Attempt): unknown {
  return state === undefined ? { reason } : { state: JSON.parse(state) };
}

function differsWhenRepeated(
  old: OldState,
  one: Attempt,
  other: Attempt,
  asked: ReadonlySet<string>,
): Finding {
  const results = [one, other].map((attempt) => `  ${show(outcomeOf(attempt))}`).join('\n');
  const text = `${nameOld(old)} was migrated twice, with different results:\n${results}`;
  if (asked.size > 0)
    return {
      kind: 'not deterministic',
      text: `${text}\n  migrate used ${[...asked].join(' and ')}`,
      wayOut: UNREPEATABLE,
    };
  return {
    kind: 'not pure',
    text,
    wayOut:
      'migrate uses something outside the state. A step may run again after a conflict or a crash, and must then give the same state.',
  };
}

/** Computes the next readings on the migrated state and, if the pipeline merges, merges them into it. */
export function goOn(
  pipeline: Pipeline,
  { key, state }: { readonly key: string; readonly state: string },
  next: readonly Incoming[],
): Finding | undefined {
  const initial = initialState(pipeline, key);
  let [whole, part] = [state, initial];
  for (const incoming of next) {
    const alone = computeOnce(pipeline, part, incoming);
    // A reading that fails on any state is set aside whatever migrate does.
    if ('error' in alone) continue;
    const step = computeOnce(pipeline, whole, incoming);
    if ('error' in step) return cannotGoOn(whole, incoming, step.error);
    [whole, part] = [step.state, alone.state];
  }
  return pipeline.merge === undefined ? undefined : compareMerge(pipeline, key, { a: state, b: part, whole });
}

function cannotGoOn(state: string, incoming: Incoming, error: unknown): Finding {
  return {
    kind: 'migration fails',
    text: `compute throws on ${nameReading(incoming)} with a migrated state, but not with a new one: ${reasonOf(error)}\n  the state is ${shorten(state)}`,
    wayOut: 'migrate must return a complete state, as compute expects it.',
  };
}

export function compareMerge(
  pipeline: Pipeline,
  key: string,
  parts: Parameters<typeof mergeParts>[1],
): Finding | undefined {
  const merged = mergeParts(pipeline, parts, key);
  const isSame = 'state' in merged && isDeepStrictEqual(JSON.parse(merged.state), JSON.parse(parts.whole));
  if (isSame) return undefined;
  const result =
    'problem' in merged
      ? `  ${merged.problem}`
      : showDifferences(JSON.parse(parts.whole), JSON.parse(merged.state));
  return {
    kind: 'false merge',
    text:
      `merge with a migrated state does not give the state that compute makes of the same readings in order (key ${show(key)}):\n` +
      `  a, migrated, is ${shorten(parts.a)}\n  b is ${shorten(parts.b)}\n${result}`,
    wayOut: 'A deployment may migrate before or after a merge: both must give the same state.',
  };
}

export function nameOld({ key, stateVersion }: OldState): string {
  return `the state of key ${show(key)} (version ${stateVersion})`;
}

export function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

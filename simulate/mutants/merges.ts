/**
 * Planted bugs. Merge: the partials that the reader folds, their messages on the queue, and their use in
 * compute.
 */
import type { Mutant } from './mutant.ts';

const MERGE = 'functions/merge.ts';
const READINGS = 'functions/encode-readings.ts';
const APPLY = 'functions/compute/apply.ts';

export const merges: readonly Mutant[] = [
  {
    name: 'partial merged twice',
    why: 'every reading of a partial counts twice',
    file: MERGE,
    find: 'if (stateVersion === versions.version) return merge?.(state, given);',
    replace:
      'if (stateVersion === versions.version) return merge?.(merge(state, structuredClone(given)), given);',
  },
  {
    name: 'partial under a new id',
    why: 'a second read that sends its readings counts beside the partial',
    file: READINGS,
    find: 'const own = { ...envelope, partial: {',
    replace: "const own = { ...envelope, request: envelope.request + '+', partial: {",
  },
  {
    name: 'merged across requests',
    why: 'a partial holds readings of the request before it',
    file: MERGE,
    find: 'let state: unknown = JSON.parse(encodeInitial(initial(key)));',
    replace:
      'let state: unknown = ((globalThis as never as Record<string, unknown>)[`kept ` + key] ??= JSON.parse(encodeInitial(initial(key))));',
  },
  {
    name: 'poison swallowed by the fold',
    why: 'a reading over which compute throws is nowhere',
    file: MERGE,
    find: 'state = compute(state, JSON.parse(reading), context);',
    replace: 'try { state = compute(state, JSON.parse(reading), context); } catch { continue; }',
  },
  {
    name: 'older partial not migrated',
    why: 'merge is given a state of another shape than its own',
    file: MERGE,
    find: 'if (stateVersion === versions.version) return merge?.(state, given);',
    replace: 'if (stateVersion > 0) return merge?.(state, given);',
  },
  {
    name: 'partial counted as one reading',
    why: 'counts, and all that is alarmed by them, are too low',
    file: APPLY,
    find: 'draft.applied += message.partial?.count ?? 1;',
    replace: 'draft.applied += 1;',
  },
];

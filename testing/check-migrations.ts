/**
 * Tests `migrate` on states of older versions: given states, states that `weir export` wrote, and states that
 * the earlier pipeline makes of requests.
 */
import { isDeepStrictEqual } from 'node:util';
import { encodeJson } from '../functions/json.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { loadStates } from '../model/saved-states.ts';
import { foldRecorded } from './check-compute.ts';
import { compareMerge, goOn, migrateOnce, nameOld, type OldState } from './migration-law.ts';
import { checkOptions, checkPipeline, refuse, type TestOptions } from './options.ts';
import { computeOnce, initialState, type PlainFold } from './plain-fold.ts';
import { showDifferences } from './purity.ts';
import { recordRequests } from './record.ts';
import { collectFindings, type Finding, type Findings } from './report.ts';

export interface MigrationOptions extends Partial<TestOptions> {
  /** States of older versions: a list, or the path of a file that `weir export` wrote. */
  readonly states?: readonly GivenState[] | string;
  /** The earlier pipeline. Its compute makes old states of the requests. */
  readonly before?: Pipeline;
  /**
   * With `before`: a migrated state must equal the state that the pipeline makes of the same readings from
   * the start.
   */
  readonly rebuilt?: 'same';
}

export interface GivenState {
  readonly key: string;
  /** Default: 1. */
  readonly stateVersion?: number;
  readonly state: unknown;
}

export interface MigrationReport {
  readonly problems: readonly Finding[];
  /** Number of states that were migrated. */
  readonly migrated: number;
  /** The given states after migration, by key. */
  readonly states: ReadonlyMap<string, unknown>;
}

export async function checkMigrations(
  pipeline: Pipeline,
  options: MigrationOptions,
): Promise<MigrationReport> {
  checkPipeline(pipeline);
  const given = await givenStates(pipeline, options);
  const folds = await foldsOf(pipeline, options);
  const { before, rebuilt } = options;
  if (given.length === 0 && before === undefined)
    refuse('nothing to migrate: give states, or the earlier pipeline (before) with requests');
  const problems = collectFindings();
  const states = new Map<string, unknown>();
  let migrated = 0;
  for (const old of given) {
    const next = migrateOnce(pipeline, old);
    if ('finding' in next) {
      problems.add(next.finding);
      continue;
    }
    migrated += 1;
    states.set(old.key, JSON.parse(next.state));
    const fold = folds.find(({ key }) => key === old.key);
    addFound(
      problems,
      goOn(pipeline, { key: old.key, state: next.state }, fold === undefined ? [] : sound(fold)),
    );
  }
  if (before !== undefined)
    for (const fold of folds) migrated += checkFold(pipeline, before, fold, rebuilt, problems);
  return { problems: problems.list(), migrated, states };
}

function addFound(problems: Findings, finding: Finding | undefined): void {
  if (finding !== undefined) problems.add(finding);
}

async function givenStates(pipeline: Pipeline, { states = [] }: MigrationOptions): Promise<OldState[]> {
  const listed =
    typeof states === 'string'
      ? [...(await loadStates(states, pipeline.numbers))].map(([key, saved]) => ({ key, ...saved }))
      : states.map(({ key, stateVersion = 1, state }) => ({
          key,
          stateVersion,
          state: encodeJson(state, `the state of ${JSON.stringify(key)}`),
        }));
  const { version } = pipeline.state;
  return listed.flatMap(({ key, stateVersion, state }) => {
    if (state === undefined) return [];
    if (stateVersion > version)
      refuse(
        `the state of key "${key}" has version ${stateVersion}, but the pipeline writes version ${version}`,
      );
    return [{ key, stateVersion, state }];
  });
}

/** The pipeline's own folds of the requests, from the start. */
async function foldsOf(pipeline: Pipeline, options: MigrationOptions): Promise<PlainFold[]> {
  const { before, requests } = options;
  if (requests === undefined && before !== undefined)
    refuse('before is given without requests: give requests from which it can make old states');
  if (requests === undefined) return [];
  if (before !== undefined && before.state.version >= pipeline.state.version)
    refuse(
      `before writes states of version ${before.state.version}, and the pipeline writes version ${pipeline.state.version}: raise state.version`,
    );
  const checked = checkOptions(pipeline, { ...options, requests });
  const unseen = collectFindings();
  const recorded = await recordRequests(pipeline, checked, checked.from);
  return foldRecorded(pipeline, recorded, { problems: unseen, poison: unseen, asked: new Set() });
}

/** The readings on which the pipeline does not throw. */
function sound({ readings, failed }: PlainFold, from = 0, to = readings.length): PlainFold['readings'] {
  return readings.slice(from, to).filter((_, index) => !failed.has(from + index));
}

/** Readings after a migration that are computed on its state. */
const NEXT = 3;

/** A key may be migrated after any of its readings. Returns the number of migrated states. */
function checkFold(
  pipeline: Pipeline,
  before: Pipeline,
  fold: PlainFold,
  rebuilt: MigrationOptions['rebuilt'],
  problems: Findings,
): number {
  const { key, readings, states } = fold;
  const older = statesOf(before, fold);
  let migrated = 0;
  for (const [cut, state] of older.entries()) {
    const old = { key, stateVersion: before.state.version, state };
    const next = migrateOnce(pipeline, old);
    if ('finding' in next) {
      problems.add(next.finding);
      continue;
    }
    migrated += 1;
    if (rebuilt === 'same') addFound(problems, compareRebuilt(old, next.state, states[cut] ?? ''));
    addFound(problems, goOn(pipeline, { key, state: next.state }, sound(fold, cut, cut + NEXT)));
    const behind = readings.slice(cut, cut + NEXT);
    addFound(
      problems,
      mergeOfOlder(pipeline, before, { old, state: next.state, behind, whole: older[cut + NEXT] }),
    );
  }
  return migrated;
}

function statesOf(before: Pipeline, { key, readings }: Pick<PlainFold, 'key' | 'readings'>): string[] {
  const states = [initialState(before, key)];
  for (const incoming of readings) {
    const state = states.at(-1) ?? '';
    const step = computeOnce(before, state, incoming);
    states.push('error' in step ? state : step.state);
  }
  return states;
}

function compareRebuilt(old: OldState, migrated: string, rebuilt: string): Finding | undefined {
  if (isDeepStrictEqual(JSON.parse(migrated), JSON.parse(rebuilt))) return undefined;
  return {
    kind: 'not rebuilt',
    text:
      `${nameOld(old)}, once migrated, differs from what the pipeline makes of the same readings from the start:\n` +
      showDifferences(JSON.parse(rebuilt), JSON.parse(migrated)),
    wayOut: "Fix migrate. If an old state does not hold enough for this, leave out { rebuilt: 'same' }.",
  };
}

interface OlderPart {
  readonly old: OldState;
  readonly state: string;
  readonly behind: PlainFold['readings'];
  /** The state that the earlier pipeline makes of all of them. */
  readonly whole: string | undefined;
}

/** A message may hold a partial that the earlier build folded: it is migrated and then merged. */
function mergeOfOlder(
  pipeline: Pipeline,
  before: Pipeline,
  { old, state, behind, whole }: OlderPart,
): Finding | undefined {
  const { key, stateVersion } = old;
  if (pipeline.merge === undefined || before.merge === undefined || whole === undefined) return undefined;
  const part = statesOf(before, { key, readings: behind }).at(-1) ?? '';
  const [b, all] = [part, whole].map((text) => migrateOnce(pipeline, { key, stateVersion, state: text }));
  if (b === undefined || all === undefined || 'finding' in b || 'finding' in all) return undefined;
  return compareMerge(pipeline, key, { a: state, b: b.state, whole: all.state });
}

/**
 * Checks a definition at `cdk synth`, and again when a function starts. TypeScript finds most problems earlier, but a pipeline
 * may be deployed without a type check. All problems are reported at once, each with the name of its option.
 */
import { backfillProblems } from './backfill.ts';
import { limitProblems } from './check-limits.ts';
import { orderProblems } from './check-order.ts';
import { stateVersionProblems } from './check-state-versions.ts';
import { PermanentError } from './errors.ts';
import { isRecord } from './json.ts';
import { kindOf } from './kind-of.ts';
import { suggest } from './nearest.ts';
import { sourceProblems } from './source.ts';
import { traceProblem } from './tracing.ts';

export function checkDefinition(definition: unknown): void {
  if (!isRecord(definition)) {
    throw new PermanentError(
      `definePipeline takes an object with the options of a pipeline, not ${kindOf(definition)}`,
    );
  }
  const problems = [
    ...optionProblems(definition),
    ...orderProblems(definition),
    ...mergeProblems(definition),
  ];
  if (problems.length === 0) return;
  const { name } = definition;
  const which = typeof name === 'string' ? `pipeline ${show(name)}` : 'a pipeline without a name';
  throw new PermanentError([`${which} cannot work:`, ...problems].join('\n  - '));
}

/** The highest `history`. */
const HISTORY_COMMITS_MAX = 100;

/** Returns the problem with the value of an option, as text that follows the option's name; undefined if it is valid. */
export type OptionCheck = (value: unknown) => string | undefined;

export const optionChecks = {
  name: (value) =>
    typeof value === 'string' && /^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(value)
      ? undefined
      : `is ${show(value)}: use a letter, then letters, digits and hyphens, 40 at most`,
  request: (value) =>
    isSchema(value)
      ? undefined
      : `is ${kindOf(value)}: use a Standard Schema, such as one of zod, valibot or arktype`,
  read: isFunction,
  initial: isSynchronous,
  compute: isSynchronous,
  wake: optional(isSynchronous),
  merge: optional(isSynchronous),
  /** stateVersionProblems checks it, because it may have several problems. */
  state: () => undefined,
  key: optional(isSynchronous),
  requestId: optional(isSynchronous),
  sequence: optional(isSynchronous),
  requestKey: optional(isSynchronous),
  write: optional(isNoGenerator),
  order: optional(oneOf('arrival', 'request')),
  // check-order.ts checks these with the order.
  gap: () => undefined,
  startsAt: () => undefined,
  follows: optional(isSynchronous),
  poison: optional(oneOf('quarantine', 'stop')),
  afterForget: optional(oneOf('begin', 'skip')),
  history: optional((value) =>
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= HISTORY_COMMITS_MAX
      ? undefined
      : `is ${typeof value === 'number' ? value : show(value)}: use a whole number from 0 to ${HISTORY_COMMITS_MAX}`,
  ),
  numbers: optional(oneOf('exact', 'rounded')),
  schemaMessages: optional(oneOf('hidden', 'shown')),
  trace: optional(traceProblem),
  source: () => undefined, // sourceProblems checks it.
  backfill: () => undefined, // backfillProblems checks it.
  limits: optional((value) =>
    isRecord(value) ? undefined : `is ${kindOf(value)}: use an object, limits: { memoryMb: 512 }`,
  ),
} satisfies Record<string, OptionCheck>;

function* optionProblems(definition: Readonly<Record<string, unknown>>): Generator<string> {
  for (const name of Object.keys(definition)) {
    if (!Object.hasOwn(optionChecks, name))
      yield `${name} is not an option: ${suggest(name, Object.keys(optionChecks))}`;
  }
  for (const [name, check] of Object.entries(optionChecks)) {
    const problem = check(definition[name]);
    if (problem !== undefined) yield `${name} ${problem}`;
  }
  if (isRecord(definition['limits'])) yield* limitProblems(definition['limits']);
  yield* stateVersionProblems(definition['state'], isSynchronous);
  if (definition['source'] !== undefined) yield* sourceProblems(definition['source']);
  if (definition['backfill'] !== undefined)
    yield* backfillProblems(definition['backfill'], definition['source']);
}

/** A partial is folded apart from the state of its key, so outputs and wakes of that fold would be wrong. */
function* mergeProblems(definition: Readonly<Record<string, unknown>>): Generator<string> {
  if (definition['merge'] === undefined) return;
  for (const name of ['write', 'wake']) {
    if (definition[name] !== undefined)
      yield `${name} does not go with merge: what compute emits or asks for is not merged; leave one of them out`;
  }
}

function optional(check: OptionCheck): OptionCheck {
  return (value) => (value === undefined ? undefined : check(value));
}

function oneOf(...words: readonly string[]): OptionCheck {
  const all = words.map((word) => JSON.stringify(word)).join(' or ');
  return (value) => (words.some((word) => word === value) ? undefined : `is ${show(value)}: use ${all}`);
}

function isFunction(value: unknown): string | undefined {
  if (typeof value === 'function') return undefined;
  return value === undefined ? 'is missing: use a function' : `is ${kindOf(value)}: use a function`;
}

function isSynchronous(value: unknown): string | undefined {
  const kind = kindOf(value);
  if (typeof value !== 'function' || kind === 'a function') return isFunction(value);
  return `is ${kind}: it must be synchronous; put anything that waits into read or write`;
}

/** A generator runs only when its first value is requested. Weir requests none, so it would write nothing. */
function isNoGenerator(value: unknown): string | undefined {
  const kind = kindOf(value);
  return kind.endsWith('generator function') ? `is ${kind}: use an async function` : isFunction(value);
}

/** A schema of arktype is a function. */
function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = '~standard' in value ? value['~standard'] : undefined;
  return isRecord(standard) && typeof standard['validate'] === 'function';
}

const SHOWN_LENGTH_MAX = 60;

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX)) : kindOf(value);
}

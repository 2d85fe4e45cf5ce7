/** Checks the option `state` of a definition: the version, and a step from each earlier one. */
import { isRecord } from './json.ts';
import { kindOf } from './kind-of.ts';
import { suggest } from './nearest.ts';

const NAMES = ['version', 'migrate'];
const EXAMPLE = 'state: { version: 2, migrate: { 1: (old) => ({ ...old, currency: "EUR" }) } }';

/** The problems of the option. `stepProblem` returns the problem of a value that must be a synchronous function. */
export function* stateVersionProblems(
  given: unknown,
  stepProblem: (value: unknown) => string | undefined,
): Generator<string> {
  if (given === undefined) return;
  if (!isRecord(given)) {
    yield `state is ${kindOf(given)}: use an object, ${EXAMPLE}`;
    return;
  }
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) yield `state.${name} is not an option of state: ${suggest(name, NAMES)}`;
  }
  const { version, migrate = {} } = given;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    const shown = typeof version === 'number' ? version : kindOf(version);
    yield `state.version is ${shown}: use a whole number from 1 on, one more with each change of the state's shape`;
  } else if (!isRecord(migrate)) {
    yield `state.migrate is ${kindOf(migrate)}: use an object with a function for each earlier version, ${EXAMPLE}`;
  } else yield* stepProblems(version, migrate, stepProblem);
}

/** Reports only the first missing step, because a version may be very large by mistake. */
function* stepProblems(
  version: number,
  migrate: Readonly<Record<string, unknown>>,
  stepProblem: (value: unknown) => string | undefined,
): Generator<string> {
  const isStep = (name: string) => /^[1-9]\d{0,15}$/.test(name) && Number(name) < version;
  for (const [name, step] of Object.entries(migrate)) {
    if (!isStep(name)) {
      yield `state.migrate[${JSON.stringify(name)}] is no step to version ${version}: name each step by the version that it starts from`;
      continue;
    }
    const problem = stepProblem(step);
    if (problem !== undefined) yield `state.migrate[${name}] ${problem}`;
  }
  for (let from = 1; from < version; from += 1) {
    if (Object.hasOwn(migrate, String(from))) continue;
    yield `state.migrate has no step ${from}: add ${from}: (old) => ..., which makes a state of version ${from + 1} from one of version ${from}`;
    return;
  }
}

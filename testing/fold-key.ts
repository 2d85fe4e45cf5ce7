/**
 * The plain fold of one key, each reading computed twice: the second time in another year and with other random numbers.
 * What differs then, is thrown or cannot be kept is a finding.
 */
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../functions/errors.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { withOutside } from './outside.ts';
import {
  type Computed,
  computeOnce,
  type Incoming,
  initialState,
  nameReading,
  type PlainFold,
  type Step,
} from './plain-fold.ts';
import { type Finding, type Findings, show, UNREPEATABLE } from './report.ts';

interface Finds {
  readonly problems: Findings;
  readonly poison: Findings;
  /** What compute has asked of the world outside. */
  readonly asked: Set<string>;
}

export function foldPlainly(
  pipeline: Pipeline,
  key: string,
  readings: readonly Incoming[],
  { problems, poison, asked }: Finds,
): PlainFold {
  const fold: PlainFold = {
    key,
    readings,
    outputs: [],
    failed: new Set<number>(),
    states: [initialState(pipeline, key)],
  };
  readings.forEach((incoming, place) => {
    const state = fold.states[place] ?? '';
    const compute = () => computeOnce(pipeline, state, incoming);
    const step = withOutside('as it is', asked, compute);
    const again = withOutside('another', asked, compute);
    if (!isDeepStrictEqual(outcomeOf(step), outcomeOf(again))) {
      problems.add(differsWhenRepeated(incoming, [step, again].map(outcomeOf), [...asked]));
    }
    if ('error' in step) {
      fold.failed.add(place);
      poison.add(failure(pipeline, incoming, state, step));
      fold.states.push(state);
      return;
    }
    if (step.mutated) problems.add(mutation(incoming));
    fold.states.push(step.state);
    fold.outputs.push(...step.outputs);
  });
  return fold;
}

/** As values: what JSON makes of the order of properties is no difference. */
function outcomeOf(step: Step): unknown {
  if ('error' in step) return { threw: reasonOf(step.error) };
  const { state, outputs, skipped }: Computed = step;
  return { state: JSON.parse(state), outputs: outputs.map((text) => JSON.parse(text)), skipped };
}

function differsWhenRepeated(incoming: Incoming, outcomes: unknown[], asked: string[]): Finding {
  const [first, second] = outcomes.map(show);
  const text = `${nameReading(incoming)} was computed twice on the same state, with two results:\n  ${first}\n  ${second}`;
  if (asked.length === 0) {
    const wayOut =
      'Compute keeps something outside of its state, or looks at something outside that changes: put it into the state, ' +
      'or into the reading by way of read.';
    return { kind: 'not pure', text, wayOut };
  }
  return {
    kind: 'not deterministic',
    text: `${text}\n  compute asked for ${asked.join(' and ')}`,
    wayOut: UNREPEATABLE,
  };
}

function mutation(incoming: Incoming): Finding {
  return {
    kind: 'not pure',
    text: `compute changed ${nameReading(incoming)}, which was ${incoming.text.slice(0, 160)}`,
    wayOut:
      'Copy what is to be changed: { ...reading, name: value }. The state may be changed in place, it is a copy.',
  };
}

function failure(
  { poison }: Pipeline,
  incoming: Incoming,
  state: string,
  { error, over }: Extract<Step, { error: unknown }>,
): Finding {
  const reason = reasonOf(error);
  const what = over === 'compute' ? 'compute threw over' : `the ${over} cannot be kept that compute made of`;
  const tooLarge = over !== 'compute' && / bytes, /.test(reason);
  const kind =
    over === 'compute' || /^compute returned/.test(reason) ? 'poison' : tooLarge ? 'too large' : 'not JSON';
  const fate =
    poison === 'quarantine'
      ? 'It would be set aside in the dead-letter queue.'
      : 'It would stop its key until an operator resumes it.';
  const wayOut = {
    poison: "Let compute deal with it, or skip(reason) it; if it is meant, say { poison: 'allowed' }.",
    'too large': 'Keep less in the state, spread it over more keys, or emit in smaller pieces.',
    'not JSON':
      'Keep plain JSON: an object for a Map, a list for a Set, a number or text for a Date, null for undefined.',
  }[kind];
  return {
    kind,
    text: `${what} ${nameReading(incoming)}: ${reason}\n  reading: ${incoming.text.slice(0, 160)}\n  state before: ${state.slice(0, 160)}`,
    wayOut: `${fate} ${wayOut}`,
  };
}

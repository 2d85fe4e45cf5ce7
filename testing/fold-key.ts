/**
 * The plain fold of one key. Each reading is computed twice, the second time in another year and with other
 * random numbers. A difference, an error or a result that cannot be stored is a finding.
 */
import { isDeepStrictEqual } from 'node:util';
import { reasonOf, TooLargeError } from '../functions/errors.ts';
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
  /** The calls to the outside world that compute made. */
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

/** Compared as values, because the order of properties does not matter. */
function outcomeOf(step: Step): unknown {
  if ('error' in step) return { threw: reasonOf(step.error) };
  const { state, outputs, skipped }: Computed = step;
  return { state: JSON.parse(state), outputs: outputs.map((text) => JSON.parse(text)), skipped };
}

function differsWhenRepeated(incoming: Incoming, outcomes: unknown[], asked: string[]): Finding {
  const [first, second] = outcomes.map(show);
  const text = `${nameReading(incoming)} was computed twice on the same state, with different results:\n  ${first}\n  ${second}`;
  if (asked.length === 0) {
    const wayOut =
      'compute keeps something outside its state, or uses something outside that changes. Keep it in the state, ' +
      'or let read put it into the reading.';
    return { kind: 'not pure', text, wayOut };
  }
  return {
    kind: 'not deterministic',
    text: `${text}\n  compute used ${asked.join(' and ')}`,
    wayOut: UNREPEATABLE,
  };
}

function mutation(incoming: Incoming): Finding {
  return {
    kind: 'not pure',
    text: `compute changed ${nameReading(incoming)}; it was ${incoming.text.slice(0, 160)}`,
    wayOut:
      'Change a copy instead: { ...reading, name: value }. The state may be changed in place, because it is a copy.',
  };
}

function failure(
  { poison }: Pipeline,
  incoming: Incoming,
  state: string,
  { error, over }: Extract<Step, { error: unknown }>,
): Finding {
  const reason = reasonOf(error);
  const name = nameReading(incoming);
  const what =
    over === 'compute'
      ? `compute threw on ${name}`
      : `the ${over} that compute made of ${name} cannot be stored`;
  const unstorable = error instanceof TooLargeError ? 'too large' : 'not JSON';
  const kind = over === 'compute' ? 'poison' : unstorable;
  const fate =
    poison === 'quarantine'
      ? 'It would be set aside in the dead-letter queue.'
      : 'It would stop its key until an operator resumes it.';
  const wayOut = {
    poison:
      "Handle it in compute, or skip(reason) it. If compute should throw here, say { poison: 'allowed' }.",
    'too large': 'Keep less in the state, spread it over more keys, or emit smaller outputs.',
    'not JSON':
      'Use plain JSON: an object for a Map, a list for a Set, a number or text for a Date, null for undefined.',
  }[kind];
  return {
    kind,
    text: `${what}: ${reason}\n  reading: ${incoming.text.slice(0, 160)}\n  state before: ${state.slice(0, 160)}`,
    wayOut: `${fate} ${wayOut}`,
  };
}

/**
 * The pipeline under test: it can fail in the ways of user code. reference.ts repeats its logic without the
 * failures.
 */
import { PermanentError } from '../../functions/errors.ts';
import { isRecord } from '../../functions/json.ts';
import { MESSAGE_BYTES_MAX, OUTPUTS_BYTES_MAX, STATE_BYTES_MAX } from '../../functions/limits.ts';
import {
  type ComputeContext,
  type Delivery,
  definePipeline,
  type Pipeline,
  type PipelineDefinition,
  type ReadContext,
  type WakeContext,
} from '../../functions/pipeline.ts';
import { blameRead } from '../../functions/reader/strays.ts';
import type { CounterName } from '../oracle/counters.ts';
import {
  type AskedWake,
  askedBy,
  askedByWake,
  chain,
  contentId,
  DEADLY,
  EMITS_MANY,
  isPoison,
  isPoisonWake,
  type Output,
  type Reading,
  type ReadingKind,
  wakeId,
} from '../oracle/reference.ts';
import type { Computer, Environment } from '../world/simulated-environment.ts';
import { mergeSample } from './merges.ts';
import type { Mode } from './mode.ts';
import type { SampleWorld } from './sample-world.ts';
import { deliverToSink, reachSource } from './source-and-sink.ts';

interface State {
  h: number;
  log: string[];
  m?: number;
  pad?: string;
}

/** Error messages as users throw them, including characters that SQS forbids, and empty ones. */
const ODD_REASONS = [
  '',
  ' ',
  '\u0000\u0007',
  'not a character: \uffff',
  'half: \ud800',
  'x'.repeat(5_000),
  '{"a":\n1}',
];
const COUNTED_AS: Readonly<Partial<Record<ReadingKind, CounterName>>> = {
  kills: 'killingReading',
  hoards: 'hoardingReading',
  loops: 'loopingReading',
  blocks: 'blockingReading',
};
const COMPUTE_MS_MAX = 150;
/** Longer than any function may run. */
const FOR_EVER_MS = 3_600_000;

/** `computer`: where compute runs, the environment or one of its threads. */
export function samplePipeline(own: Environment, world: SampleWorld, computer: Computer = own): Pipeline {
  const { order, gap, poison, wakes, history = 0 } = world.mode;
  const inOrder: Definition =
    order === 'arrival'
      ? { ...common(own, world, computer), key: (reading: Reading) => reading.k }
      : {
          ...common(own, world, computer),
          order,
          ...gapOf(world.mode, gap),
          sequence: (n: number) => sequenceOf(n, world),
          requestKey: (n: number) => keyOf(n, world),
          follows: (n: number) => world.requests[n]?.turn?.follows,
        };
  const waking = wakes === undefined ? {} : { wake: wakeOn(computer, world) };
  const isSecondVersion = world.secondBuild === 'another state' && own.build > 1;
  const versions = isSecondVersion ? { state: secondVersion(world, computer) } : {};
  const pipeline: Pipeline = definePipeline({ ...inOrder, poison, history, ...waking, ...versions });
  if (!world.mode.merges) return pipeline;
  // Its write stays, with nothing to deliver, because it belongs to the world.
  return { ...pipeline, merge: (a, b) => mergeSample(a as State, b as State, isSecondVersion) };
}

/** Returns `gap` and, if the mode has them, `startsAt` and `follows`. */
function gapOf({ skipAfterMinutes, firstAfterMinutes, places }: Mode, gap: 'skip' | 'wait') {
  if (skipAfterMinutes === undefined || places === undefined) return { gap };
  return {
    gap: { skipAfter: `${skipAfterMinutes} minutes` as const },
    startsAt:
      firstAfterMinutes === undefined
        ? places.first
        : { firstAfter: `${firstAfterMinutes} minutes` as const },
  };
}

/**
 * The migration is the reference's, unless it fails for this key. A state that `initial` makes in this version has been
 * migrated 0 times.
 */
function secondVersion(world: SampleWorld, computer: Computer) {
  const migrate = (old: unknown, key: string): State => {
    const kind = world.faults.healed ? undefined : world.migrations?.get(key);
    if (kind !== undefined) return fail('migration', key, kind, computer, world);
    const { h, log, m = 0 } = old as State;
    return { h: chain(h, 'migrated'), log, m: m + 1 };
  };
  return { version: 2, migrate: { 1: migrate } };
}

type Definition = PipelineDefinition<number, Reading, State, Output>;

/** Everything except the order. */
function common(own: Environment, world: SampleWorld, computer: Computer) {
  return {
    name: 'simulated',
    request: {
      '~standard': {
        version: 1 as const,
        vendor: 'simulate',
        validate: (value: unknown) =>
          isRecord(value) && typeof value['n'] === 'number'
            ? { value: value['n'] }
            : { issues: [{ message: 'it has no n' }] },
      },
    },
    read: (n: number, context: ReadContext) =>
      read(n, context, own, computer, world).catch((error: unknown) => {
        world.oracle.readFailed(n);
        throw error;
      }),
    initial: (key: string): State => {
      const kind = world.faults.healed ? undefined : world.initials.get(key);
      const isSecond = world.secondBuild === 'another state' && own.build > 1;
      if (kind === undefined) return isSecond ? { h: 0, log: [], m: 0 } : { h: 0, log: [] };
      return fail('initial', key, kind, computer, world);
    },
    compute: (state: State, reading: Reading, context: ComputeContext<Output>): State => {
      const { emit, skip } = context;
      if (reading.t === 'slow') {
        world.oracle.count('slowCompute');
        computer.spend(world.chance.between(1, COMPUTE_MS_MAX));
      }
      const id = contentId(reading);
      const h = chain(state.h, id);
      if (isPoison(reading.t, computer.build)) {
        world.oracle.count(COUNTED_AS[reading.t] ?? 'poisonReading');
        endProcess(reading.t, id, computer, 'compute');
        return spoil(state, reading, emit);
      }
      if (world.mode.wakes) ask(askedBy(reading), context);
      if (reading.t === 'skips') skip('the sample skips it');
      if (reading.t === 'emits') emit({ id: `${id}/0`, h });
      if (reading.t === 'emitsMany') {
        for (let index = 0; index < EMITS_MANY; index += 1) emit({ id: `${id}/${index}`, h });
      }
      if (reading.t !== 'inPlace') return { ...state, h, log: [...state.log, id] };
      state.h = h;
      state.log.push(id);
      return state;
    },
    write: (outputs: readonly Delivery<Output>[]) => {
      for (const delivery of outputs) followUp(delivery, world);
      return deliverToSink(outputs, own, world);
    },
  };
}

function wakeOn({ build }: Computer, { oracle }: SampleWorld) {
  return (state: State, tag: string, context: WakeContext<Output>): State => {
    const { at } = context;
    ask(askedByWake(tag, at), context);
    if (isPoisonWake(at, build)) {
      oracle.count('poisonWake');
      throw new Error('the sample throws on a wake');
    }
    const id = wakeId(tag, at);
    return { ...state, h: chain(state.h, id), log: [...state.log, id] };
  };
}

function ask(
  asked: readonly AskedWake[],
  { wake: ask, cancelWake }: Pick<ComputeContext<Output>, 'wake' | 'cancelWake'>,
): void {
  for (const { tag, at } of asked) {
    if (at === undefined) cancelWake(tag);
    else ask(at, tag);
  }
}

/** The ways in which `initial` or a migration fails, some by returning a value that is not a state. */
function fail(
  what: 'initial' | 'migration',
  key: string,
  kind: ReadingKind,
  computer: Computer,
  { oracle }: SampleWorld,
): State {
  if (what === 'initial') oracle.count(DEADLY.has(kind) ? 'deadlyInitial' : 'failedInitial');
  else oracle.count(DEADLY.has(kind) ? 'deadlyMigration' : 'failedMigration');
  if (kind === 'throws') throw new Error('the sample knows no such key');
  endProcess(kind, `${what} of ${key}`, computer, what);
  return ofNoType(kind === 'makesNaN' ? { h: Number.NaN, log: [key] } : undefined);
}

/** A wrong value as JavaScript code may return it: types do not prevent that, so the stages must check it. */
function ofNoType(value: unknown): State {
  return value as State;
}

/**
 * The effect of a deadly kind on its process. The code continues afterwards only because nothing can stop it
 * here.
 */
function endProcess(
  kind: ReadingKind,
  id: string,
  computer: Computer,
  by: 'compute' | 'initial' | 'migration',
): void {
  if (kind === 'loops' || kind === 'blocks') computer.spend(FOR_EVER_MS);
  if (kind === 'kills') computer.kill(`${by} ended the process`);
  if (kind === 'hoards') computer.hoard(id);
}

const UNFIT_KEYS = ['', '\ud800', 'k'.repeat(2_000)];

function keyOf(n: number, { requests, chance }: SampleWorld): string {
  const plan = requests[n];
  return plan?.turn?.key ?? chance.pick([...UNFIT_KEYS, 'alpha']);
}

/** A request without a place claims an impossible one. */
function sequenceOf(n: number, { requests, chance }: SampleWorld): number {
  return requests[n]?.turn?.sequence ?? chance.pick([0, -1, 1.5, Number.NaN, 2 ** 53]);
}

async function read(
  n: number,
  { attempt, signal, submit }: ReadContext,
  own: Environment,
  computer: Computer,
  world: SampleWorld,
) {
  const { chance, faults, oracle, requests } = world;
  const plan = requests[n];
  if (plan === undefined) throw new Error(`no request ${n}`);
  await reachSource(signal, own, world);
  if (plan.kind === 'endsItsFunction') {
    oracle.count('endingRead');
    computer.kill('a read ended its process');
    await new Promise<never>(() => {});
  }
  if (plan.kind === 'leavesRejection' && attempt < 3) {
    oracle.count('strayRejection');
    if (!blameRead(new Error('nobody awaits this'))) {
      oracle.broken('I10 isolation', `the rejected promise of #${n} was laid to no read`, own.name);
      computer.kill('a rejected promise that nobody awaited');
    }
  }
  if (plan.kind === 'failsForMinutes' && attempt < 7) throw new Error('the source is not ready');
  if (plan.kind === 'fixedLater' && !faults.healed) throw new Error(chance.pick(ODD_REASONS));
  if (plan.kind === 'refusedForNow' && !faults.healed && chance.happens(0.5)) {
    throw new PermanentError('the source says that there is no such thing');
  }
  if (plan.kind === 'refusedByRead') throw new PermanentError(chance.pick(ODD_REASONS));
  if (plan.kind === 'unfitReading') return unfit(chance.pick([Number.NaN, 10n, undefined, () => 1]));
  if (plan.kind === 'unfitKey') return unfit(1, chance.pick(UNFIT_KEYS));
  if (plan.kind === 'tooLargeReading') return unfit('x'.repeat(MESSAGE_BYTES_MAX));
  const readings = plan.readings(attempt);
  if (plan.kind === 'varies' || plan.kind === 'reorders') oracle.count('readDependsOnAttempt');
  // Ids are unique within the submitting request only: all reads use the same ones.
  for (const [index, child] of (plan.submits ?? []).entries()) submit({ n: child }, { id: `${index}` });
  oracle.readReturned(n, attempt);
  return readings;
}

/** Readings that a user's read may return although its types forbid it. */
function unfit(pad: unknown, k = 'alpha'): Reading[] {
  return [{ r: 0, s: 0, a: 0, k, t: 'plain', pad } as Reading];
}

/** The ways in which compute fails, some by returning a value that is not a state. */
function spoil(state: State, { t }: Reading, emit: (output: Output) => void): State {
  state.h += 1;
  state.log.push('spoilt');
  emit({ id: 'never', h: 0 });
  switch (t) {
    case 'throws':
      throw new Error('the sample throws');
    case 'throwsOddly':
      throw new Error(ODD_REASONS[state.log.length % ODD_REASONS.length]);
    case 'makesNaN':
      return { ...state, h: Number.NaN };
    case 'stateTooLarge':
      return { ...state, pad: 'x'.repeat(STATE_BYTES_MAX) };
    case 'outputsTooLarge':
      emit({ id: 'x'.repeat(OUTPUTS_BYTES_MAX), h: 0 });
      return state;
    default:
      return ofNoType(t === 'promises' ? Promise.reject(new Error('async')) : undefined);
  }
}

/** Submits the requests that are planned to follow the first output of a request's first reading. */
function followUp({ output, submit }: Delivery<Output>, { requests }: SampleWorld): void {
  const [, n] = /^(\d+)\.0\.0\/0$/.exec(output.id) ?? [];
  const follows = n === undefined ? undefined : requests[Number(n)]?.follows;
  for (const [index, child] of (follows ?? []).entries()) submit({ n: child }, { id: `${index}` });
}

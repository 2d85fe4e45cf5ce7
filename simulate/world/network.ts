/**
 * Calls of a function to AWS with all their possible faults: a call is never sent, is refused, lands late,
 * lands but its answer is lost, or its caller dies before, during or after it. As in the AWS SDK, a call is
 * tried three times, and an attempt without an answer is given up after two seconds; it may still land.
 */
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Chance } from './chance.ts';
import type { FaultRate, Faults } from './faults.ts';
import type { Environment } from './simulated-environment.ts';

const ATTEMPTS = 3;
const ANSWER_TIMEOUT_MS = 2_000;
const BACK_OFF_MS = 100;
const LATENCY_MS_MAX = 20;
/** How long an environment gets no processor time: up to several function timeouts. */
const STALL_MS_MIN = 500;
const STALL_MS_MAX = 90_000;
const LATE_MS_MIN = 100;
const LATE_MS_MAX = 20 * 60_000;

/** An error that the SDK retries. */
class RetriableError extends Error {}

export interface Landing {
  readonly caller: Environment;
  /** `environment/invocation` of the caller when it made the call. */
  readonly invocation: string;
  /** The caller no longer waits for it. */
  readonly late: boolean;
}

export interface Network {
  call<T>(caller: Environment, service: 'dynamo' | 'sqs', apply: (landing: Landing) => T): Promise<T>;
  /** Calls still in transit without a waiting caller. */
  readonly late: number;
}

const FATES: readonly FaultRate[] = [
  'crashBeforeCall',
  'crashAfterCall',
  'crashWithCallOnTheWire',
  'lostRequest',
  'lostAnswer',
  'refusedCall',
  'zombieCall',
];

/** `disturbed` is called for each invocation that met a fault. */
export function createNetwork(
  clock: VirtualClock,
  chance: Chance,
  faults: Faults,
  disturbed: (invocation: string) => void,
): Network {
  const wire = createWire(clock, chance);
  const parts: Parts = { clock, chance, faults, disturbed, wire };

  async function call<T>(caller: Environment, service: 'dynamo' | 'sqs', apply: (landing: Landing) => T) {
    const invocation = `${caller.name}/${caller.invocation}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await caller.enter(attemptOnce({ caller, invocation, late: false }, service, apply, parts));
      } catch (error) {
        if (!(error instanceof RetriableError) || attempt === ATTEMPTS) throw error;
        await caller.clock.sleep(BACK_OFF_MS * attempt * chance.random());
      }
    }
  }

  return {
    call,
    get late() {
      return wire.late;
    },
  };
}

interface Parts {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly disturbed: (invocation: string) => void;
  readonly wire: Wire;
}

async function attemptOnce<T>(
  landing: Landing,
  service: 'dynamo' | 'sqs',
  apply: (landing: Landing) => T,
  { clock, chance, faults, disturbed, wire }: Parts,
): Promise<T> {
  const { caller, invocation } = landing;
  await caller.idle();
  if (faults.strikes('stall')) {
    disturbed(invocation);
    caller.spend(chance.spread(STALL_MS_MIN, STALL_MS_MAX));
    await caller.idle();
  }
  const travelMs = chance.between(0, LATENCY_MS_MAX);
  const fate = faults.isOut(service)
    ? 'refusedCall'
    : (FATES.find((fault) => faults.strikes(fault)) ?? 'delivered');
  if (fate !== 'delivered') disturbed(invocation);
  switch (fate) {
    case 'refusedCall':
      return wire.refuse(travelMs);
    case 'lostRequest':
      return wire.noAnswer();
    case 'lostAnswer':
      void clock
        .sleep(travelMs)
        .then(() => apply(landing))
        .catch(ignore);
      return wire.noAnswer();
    case 'zombieCall':
      wire.landLate(landing, apply);
      return wire.noAnswer();
    case 'crashBeforeCall':
      caller.kill(`crash before a call to ${service}`);
      return wire.noAnswer();
    case 'crashWithCallOnTheWire':
      wire.landLate(landing, apply);
      caller.kill(`crash with a call to ${service} on the wire`);
      return wire.noAnswer();
    case 'crashAfterCall':
      await clock.sleep(travelMs);
      try {
        return apply(landing);
      } finally {
        caller.kill(`crash after a call to ${service}`);
      }
    default:
      await clock.sleep(travelMs);
      return apply(landing);
  }
}

type Wire = ReturnType<typeof createWire>;

function createWire(clock: VirtualClock, chance: Chance) {
  let late = 0;
  return {
    get late() {
      return late;
    },
    async refuse(travelMs: number): Promise<never> {
      await clock.sleep(travelMs);
      throw new RetriableError('refused: the service is not available');
    },
    async noAnswer(): Promise<never> {
      await clock.sleep(ANSWER_TIMEOUT_MS);
      throw new RetriableError('no answer in time');
    },
    landLate<T>(landing: Landing, apply: (landing: Landing) => T): void {
      late += 1;
      const land = () => {
        late -= 1;
        apply({ ...landing, late: true });
      };
      void clock.sleep(chance.spread(LATE_MS_MIN, LATE_MS_MAX)).then(land).catch(ignore);
    },
  };
}

/** Handles the failure of a call that is no longer awaited. The clients have recorded it. */
function ignore(): void {}

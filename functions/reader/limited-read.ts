/**
 * Reads a request whose source has limits when the gate lets it in. If it must wait, or if the source refuses, the request goes
 * back to the queue until it may be read. This is no attempt and does not bring it nearer to the dead-letter queue.
 */
import { defined } from '../defined.ts';
import { PermanentError, reasonOf } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { RETENTION_DAYS } from '../limits.ts';
import type { Attempt } from './apart.ts';
import { countAttempt } from './attempts.ts';
import { comeBack, isTooOld } from './come-back.ts';
import { NotYetError, type Pass } from './gate/gate-ports.ts';
import { refusalOf } from './gate/refusal.ts';
import { type ReaderPorts, readRequest, type Ways } from './read-request.ts';
import type { SourcePorts } from './source-ports.ts';

interface LimitedWays {
  readonly readEnded?: () => void;
  /** How a request is read after `readsTogether` attempts: in a separate process. */
  readonly apart: () => Attempt;
  readonly readsTogether: number;
}

/** A read waits for its source for at most this time, and for at most a quarter of its own time. */
const PATIENCE_MS = 1_000;
const PATIENCE_PART = 0.25;

export async function readLimited(
  given: IncomingMessage,
  deadlineMs: number,
  ports: ReaderPorts & { readonly sources: SourcePorts },
  { apart, readsTogether, readEnded }: LimitedWays,
): Promise<boolean> {
  const { sources, clock } = ports;
  const counted = await countAttempt(given, sources.attempts);
  const { message } = counted;
  const ways: Ways = {
    ...defined({ readEnded }),
    ...(message.receiveCount > readsTogether ? { attempt: apart() } : {}),
    through: (attempt) => throughGate(attempt, ports),
    failed: counted.failed,
    async waits(error, identity) {
      await counted.takeBack();
      const attempts = message.receiveCount - 1;
      return comeBack({ given, identity, attempts }, error, { ...ports, ...sources });
    },
    replace: (error) =>
      error instanceof NotYetError && isTooOld(given, clock.now())
        ? new PermanentError(`${error.message}, and it has waited for ${RETENTION_DAYS - 1} days`)
        : error,
  };
  return readRequest(message, deadlineMs, ports, ways);
}

/** Wraps an attempt: it gets a pass from the gate, and tells the gate how the read ended. */
function throughGate(
  attempt: Attempt,
  { sources, clock }: { readonly sources: SourcePorts } & ReaderPorts,
): Attempt {
  return async (message, deadlineMs, note) => {
    const stopAt = clock.now() + deadlineMs;
    let pass: Pass | undefined;
    let entering = false;
    let over = false;
    const enter = async (source: string): Promise<number> => {
      pass?.end('failed'); // It was too late, or the process of the earlier read ended and the request is read once more.
      pass = undefined;
      entering = true;
      const entered = await sources.gate.enter(source, Math.min(PATIENCE_MS, deadlineMs * PATIENCE_PART));
      entering = false;
      if (over) entered.end('failed');
      else pass = entered;
      return entered.until;
    };
    const held = (): Pass | undefined => pass;
    try {
      const done = await attempt(message, deadlineMs, note, enter);
      held()?.end('done');
      return done;
    } catch (error) {
      if (entering) throw notYet(error, clock.now());
      const refusal = error instanceof NotYetError ? undefined : refusalOf(error, clock.now());
      const own = held();
      if (own === undefined) throw error;
      if (refusal === undefined) {
        own.end(clock.now() >= stopAt ? 'timed out' : 'failed');
        throw error;
      }
      const { until, othersToo } = await own.refuse(refusal);
      if (refusal.certain || othersToo)
        throw new NotYetError(until, `the source refused: ${reasonOf(error)}`);
      throw error;
    } finally {
      over = true;
    }
  };
}

const SOON_MS = 5_000;

/** The error of a read whose time ran out before the gate let it in. */
function notYet(error: unknown, now: number): NotYetError {
  return error instanceof NotYetError ? error : new NotYetError(now + SOON_MS, reasonOf(error));
}

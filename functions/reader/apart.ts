/**
 * Reads in a separate process. A read that exits, exhausts the memory or blocks its thread ends or stops its process. In a
 * separate process it does not end the function, and the function notices.
 *
 * All reads of a batch start in one process. If that process ends, any of them may be at fault. So the unfinished reads run
 * once more, each alone in its own process. Only a read that was alone in its process is at fault when the process ends. It
 * then fails like any other read, with a reason. No request is set aside for the fault of another.
 */
import { defined } from '../defined.ts';
import { BusyError, GiveBackError, PermanentError } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import type { Clock, OutgoingMessage, Random } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';
import { TooManySubmitsError } from '../submits.ts';
import type { Refusal } from './gate/refusal.ts';
import type { Enter, Opened, ReadDone } from './read-here.ts';

/** The result of a read in a process. */
export type Answer =
  | {
      readonly kind: 'done';
      readonly readings: number;
      readonly messages: EncodedMessage[][];
      readonly submits: readonly OutgoingMessage[];
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly fault: 'permanent' | 'too many submits' | 'neighbours' | 'its own';
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly refusal: Refusal };

export type Ending = Answer | { readonly kind: 'ended'; readonly reason: string };

export interface ReadingProcess {
  /** Resolves with true when the process can read, or with false if it ended before that, which is no read's fault. */
  readonly started: Promise<boolean>;
  /** Resolves with `ended` if the process ended, by itself or by `end`, before it answered. Rejects if `enter` does. */
  read(...read: Parameters<Attempt>): Promise<Ending>;
  end(reason: string): void;
}

export type StartReading = () => ReadingProcess;

/** One attempt at a request. */
export type Attempt = (
  message: IncomingMessage,
  deadlineMs: number,
  note: (opened: Opened) => void,
  enter: Enter | undefined,
) => Promise<ReadDone>;

interface ApartPorts {
  readonly startReading: StartReading;
  readonly clock: Clock;
  readonly random: Random;
}

/** The process enforces deadlines itself. If it has not answered this long after one, it is blocked. */
const ANSWER_LEEWAY_MS = 2_000;
const START_MS_MAX = 15_000;
/** A read that fails with less than this part of its full time is not at fault, and goes back to the queue. */
const FULL_SHARE = 0.9;
const NO_PROCESS = 'no process could be started for the read; it is read again';
const NO_TIME = 'too little time was left to read it in a process of its own; it is read again';

export interface Apart {
  readonly attempt: Attempt;
  /** Call this when all reads have ended. */
  end(): void;
}

/** For the reads of one batch, which all begin at once. The invocation must end at `stopAt` (epoch ms). */
export function readApart(batchSize: number, stopAt: number, ports: ApartPorts): Apart {
  const { startReading, clock } = ports;
  const company = startReading();
  const takeTurn = createTurns(ports.random);

  async function readIn(process: ReadingProcess, ...read: Parameters<Attempt>): Promise<Ending> {
    const [message, deadlineMs, note, enter] = read;
    const isStarted = await before(START_MS_MAX, () => process.end('it did not start'), process.started);
    if (!isStarted) throw new GiveBackError(NO_PROCESS);
    const withinMs = Math.min(deadlineMs, stopAt - clock.now() - ANSWER_LEEWAY_MS);
    if (withinMs < deadlineMs / 2) throw new GiveBackError(NO_TIME);
    const isLate = () => process.end(`it did not come back within ${Math.round(withinMs)} ms`);
    const ending = await before(
      withinMs + ANSWER_LEEWAY_MS,
      isLate,
      process.read(message, withinMs, note, enter),
    );
    const isCut =
      withinMs < deadlineMs * FULL_SHARE && ending.kind === 'failed' && ending.fault === 'its own';
    if (isCut) throw new GiveBackError(NO_TIME);
    return ending;
  }

  async function readAlone(...read: Parameters<Attempt>): Promise<Ending> {
    const leave = await takeTurn();
    const own = startReading();
    return readIn(own, ...read).finally(() => {
      own.end('over');
      leave();
    });
  }

  async function before<Result>(ms: number, late: () => void, result: Promise<Result>): Promise<Result> {
    const over = new AbortController();
    void clock.sleep(ms, over.signal).then(() => {
      if (!over.signal.aborted) late();
    });
    return result.finally(() => over.abort('over'));
  }

  return {
    async attempt(...read) {
      const together = await readIn(company, ...read);
      const ending = together.kind === 'ended' && batchSize > 1 ? await readAlone(...read) : together;
      if (ending.kind === 'done') return ending;
      if (ending.kind === 'refused') throw refusedBySource(ending);
      if (ending.kind === 'ended') throw new Error(`the read ended its process: ${ending.reason}`);
      if (ending.fault === 'permanent') throw new PermanentError(ending.reason);
      if (ending.fault === 'too many submits') throw new TooManySubmitsError(ending.reason);
      throw ending.fault === 'neighbours' ? new GiveBackError(ending.reason) : new Error(ending.reason);
    },
    end: () => company.end('over'),
  };
}

/** Rebuilds the error of the other process, as far as gate/refusal.ts looks at it. */
function refusedBySource({ reason, refusal }: Extract<Answer, { kind: 'refused' }>): Error {
  const { waitMs, certain } = refusal;
  if (!certain) return Object.assign(new Error(reason), { status: 503 });
  return new BusyError({ message: reason, ...defined({ retryAfterMs: waitMs }) });
}

/** Gives turns one at a time, in random order, so that no read always comes after the same other one. Resolves with `leave`. */
function createTurns(random: Random): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let taken = false;
  const leave = () => {
    const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
    if (next === undefined) taken = false;
    else next();
  };
  return async () => {
    if (taken) await new Promise<void>((resolve) => waiting.push(resolve));
    taken = true;
    return leave;
  };
}

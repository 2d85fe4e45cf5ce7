/** A separate process for reads: it runs the function's own bundle, reads the requests that it gets, and answers. */
import { GiveBackError, PermanentError, reasonOf } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import type { Limits } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import { TooManySubmitsError } from '../submits.ts';
import { type Death, residentMbOf, startWatched } from '../watched-process.ts';
import type { Answer, Ending, ReadingProcess } from './apart.ts';
import { createBudget } from './budget.ts';
import { refusalOf } from './gate/refusal.ts';
import { EVER } from './gate/shared-source.ts';
import { type Enter, type Opened, readHere } from './read-here.ts';

/** The process's first argument. */
const MARK = 'weir-reads';
/** Share of the function's memory that the process may take. The function needs the rest, to hold the readings. */
const SHARE = 0.6;
/**
 * How long to wait for the end of a process that has closed its channel. On a busy machine seconds pass before the shell around
 * it tells how it ended. Its reads cannot be answered any more.
 */
const GONE_MS = 10_000;

/** A message to the process: a request to read, or permission to begin the read with that number by `until` (epoch ms). */
type Told = Order | { readonly place: number; readonly until: number };

interface Order {
  readonly place: number;
  readonly message: IncomingMessage;
  readonly deadlineMs: number;
}

type Said =
  | { readonly started: true }
  | { readonly place: number; readonly opened: Opened }
  | { readonly place: number; readonly source: string }
  | { readonly place: number; readonly answer: Answer };

/** `entry` is the module that the process runs, which calls serveReads. */
export function startReadingProcess(entry: URL, { memoryMb }: Pick<Limits, 'memoryMb'>): ReadingProcess {
  const residentMb = residentMbOf(memoryMb, SHARE);
  const watched = startWatched({ entry, mark: MARK, residentMb, fifth: 'ipc' });
  const { child, died } = watched;
  const waiting = new Map<number, Asked>();
  const tell = (told: Told) => {
    // An error means that the channel is closed, which `disconnect` reports too.
    child.send(told, () => undefined);
  };
  const letIn = async (place: number, source: string): Promise<void> => {
    try {
      const until = (await waiting.get(place)?.enter?.(source)) ?? EVER;
      tell({ place, until });
    } catch (error) {
      waiting.get(place)?.refuse(error);
      waiting.delete(place);
    }
  };
  let ended: string | undefined;
  let places = 0;
  const start = Promise.withResolvers<boolean>();
  const end = (reason: string) => {
    ended ??= reason;
    start.resolve(false);
    watched.end();
    for (const { settle } of waiting.values()) settle({ kind: 'ended', reason: ended });
    waiting.clear();
  };
  void died.then((death) => end(reasonOfDeath(death)));
  child.on('message', (said: Said) => {
    if ('started' in said) return start.resolve(true);
    const asked = waiting.get(said.place);
    if ('opened' in said) return asked?.note(said.opened);
    if ('source' in said) return void letIn(said.place, said.source);
    waiting.delete(said.place);
    asked?.settle(said.answer);
  });
  // A process that ends closes its channel first. How it ended is known a little later.
  child.on('disconnect', () => setTimeout(end, GONE_MS, 'it closed its line to its function').unref());
  return {
    started: start.promise,
    read: (message, deadlineMs, note, enter) =>
      new Promise((settle, refuse) => {
        if (ended !== undefined) return settle({ kind: 'ended', reason: ended });
        places += 1;
        waiting.set(places, { note, enter, settle, refuse });
        tell({ place: places, message, deadlineMs });
      }),
    end,
  };
}

interface Asked {
  readonly note: (opened: Opened) => void;
  readonly enter: Enter | undefined;
  readonly settle: (ending: Ending) => void;
  readonly refuse: (error: unknown) => void;
}

function reasonOfDeath(death: Death): string {
  if ('reason' in death) return `it ${death.reason}`;
  return 'signal' in death ? `signal ${death.signal}` : `exit code ${death.exitCode}`;
}

/** In a process that startReadingProcess started: serves its reads and returns true. Elsewhere returns false. */
export function serveReads(pipeline: Pipeline, clock: Clock): boolean {
  if (process.argv[2] !== MARK || process.send === undefined) return false;
  const read = createReads(pipeline, clock);
  const say = (said: Said) => new Promise<void>((sent) => process.send?.(said, () => sent()));
  const entering = new Map<number, (until: number) => void>();
  process.on('message', async (told: Told) => {
    const { place } = told;
    if ('until' in told) return entering.get(place)?.(told.until);
    const note = (opened: Opened) => say({ place, opened });
    const enter = (source: string) =>
      new Promise<number>((entered) => {
        entering.set(place, entered);
        void say({ place, source });
      });
    const answer = await read(told.message, told.deadlineMs, note, enter);
    entering.delete(place);
    await say({ place, answer });
  });
  process.on('disconnect', () => process.exit());
  void say({ started: true });
  return true;
}

/** Returns the function that does a read in such a process. The simulation and the tests call it in their own process. */
export function createReads(pipeline: Pipeline, clock: Clock) {
  const budget = createBudget(pipeline.limits);
  return async (
    message: IncomingMessage,
    deadlineMs: number,
    note: (opened: Opened) => Promise<void> | void,
    enter: Enter | undefined,
  ): Promise<Answer> => {
    const share = budget.open();
    const strayed = (error: unknown) => process.stderr.write(`${reasonOf(error)}\n`);
    try {
      const here = { pipeline, clock, share, enter, strayed };
      const { readings, messages, submits } = await readHere(message, deadlineMs, note, here);
      return { kind: 'done', readings, messages: messages.map((own) => [...own]), submits };
    } catch (error) {
      const refusal = pipeline.source === undefined ? undefined : refusalOf(error, clock.now());
      if (refusal !== undefined) return { kind: 'refused', reason: reasonOf(error), refusal };
      return { kind: 'failed', reason: reasonOf(error), fault: faultOf(error) };
    } finally {
      share.release();
    }
  };
}

/** For reads in the caller's own process: if `enter` rejects, the read waits for ever, and `refused` gets the error. */
export function orElse(enter: Enter, refused: (error: unknown) => void): Enter {
  return (source) =>
    enter(source).catch((error: unknown) => {
      refused(error);
      return new Promise<never>(() => {});
    });
}

function faultOf(error: unknown): Extract<Answer, { kind: 'failed' }>['fault'] {
  if (error instanceof TooManySubmitsError) return 'too many submits';
  if (error instanceof PermanentError) return 'permanent';
  return error instanceof GiveBackError ? 'neighbours' : 'its own';
}

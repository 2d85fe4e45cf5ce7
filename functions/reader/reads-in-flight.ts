/** The running reads of an invocation, and one separate process for the reads that need it. */
import type { IncomingMessage } from '../incoming-message.ts';
import { type Limits, READS_TOGETHER } from '../limits.ts';
import { type Apart, readApart } from './apart.ts';
import { readLimited } from './limited-read.ts';
import { type ReaderPorts, readRequest } from './read-request.ts';

export interface ReadsInFlight {
  readonly running: ReadonlySet<Promise<void>>;
  /** Number of running reads that have not ended. The others only have to send. */
  readonly reading: number;
  /** Number of reads that have ended since the first one began. */
  readonly ended: number;
  /** Calls `leave` at the end, with whether the message may be acknowledged. */
  start(message: IncomingMessage, leave: (isDone: boolean) => void): void;
  /** Resolves when the next read ends or the next request is complete. */
  changed(): Promise<void>;
  /** Call this after the last start. */
  end(): void;
}

export function createReadsInFlight(stopAt: number, ports: ReaderPorts): ReadsInFlight {
  const running = new Set<Promise<void>>();
  let reading = 0;
  let ended = 0;
  let change = Promise.withResolvers<void>();
  const tell = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  let others: Apart | undefined;
  const apart = (): Apart => {
    others ??= readApart(Number.POSITIVE_INFINITY, stopAt, ports);
    return others;
  };
  const read = (message: IncomingMessage, readEnded: () => void): Promise<boolean> => {
    const deadlineMs = deadlineBefore(stopAt, ports);
    const { pipeline, sources } = ports;
    if (sources === undefined) return readRequest(message, deadlineMs, ports, { readEnded });
    const ways = { readEnded, apart: () => apart().attempt, readsTogether: readsTogether(pipeline.limits) };
    return readLimited(message, deadlineMs, { ...ports, sources }, ways);
  };
  return {
    running,
    get reading() {
      return reading;
    },
    get ended() {
      return ended;
    },
    start(message, leave) {
      reading += 1;
      let isOver = false;
      const readEnded = () => {
        if (isOver) return;
        isOver = true;
        reading -= 1;
        ended += 1;
        tell();
      };
      const work = read(message, readEnded).then(leave);
      running.add(work);
      void work.finally(() => {
        readEnded();
        running.delete(work);
        tell();
      });
    },
    changed: () => change.promise,
    end: () => others?.end(),
  };
}

export function deadlineBefore(stopAt: number, { clock, pipeline }: ReaderPorts): number {
  return Math.max(0, Math.min(pipeline.limits.readTimeoutMs, stopAt - clock.now()));
}

/** How often a request is read beside others, at most half of its attempts: others may have caused those failures. */
export function readsTogether({ readAttempts }: Limits): number {
  return Math.max(1, Math.min(READS_TOGETHER, Math.floor(readAttempts / 2)));
}

/**
 * Pulls further requests into an invocation when slots become free, while it has a read to wait for and time for one more whole
 * read. While each call finds as many requests as it asked for, several calls run at once.
 *
 * A call takes time, and slots stay empty meanwhile. So the reader makes the call before the slots are free: when enough of
 * them will be free by the time of the answer, judging by how fast reads have ended so far. If fewer are free by then, the
 * requests wait for slots. There are never more reads than slots.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { SQS_BATCH_ENTRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Clock } from '../ports.ts';
import type { ReaderPorts } from './read-request.ts';
import type { ReadsInFlight } from './reads-in-flight.ts';

/** If all reads end within this time, pulling is not worth a call. A pulled request may wait this long for a slot. */
export const QUICK_MS = 10;
/** A request that waited for a slot begins only if this share of a read's time is left. */
const FULL_SHARE = 0.9;

export interface Beside {
  readonly reads: ReadsInFlight;
  readonly stopAt: number;
  readonly begin: (message: IncomingMessage) => void;
  /** A worn request is not read beside others, and ends the pulling. */
  readonly isWorn: (message: IncomingMessage) => boolean;
}

/** Resolves when no read and no pull is running. Returns the worn requests, which did not begin. */
export async function pullBeside(
  { reads, stopAt, begin, isWorn }: Beside,
  ports: Pick<ReaderPorts, 'clock' | 'pipeline' | 'requests' | 'sources'>,
): Promise<IncomingMessage[]> {
  const { clock, requests, sources } = ports;
  const { readTimeoutMs, readsPerInvocation } = ports.pipeline.limits;
  // Pulled requests stay invisible only for the rest of this invocation, because it does not work on them afterwards, and
  // because a lost answer would leave them unread. The queue's visibility timeout is much longer, for Lambda's own retries.
  const holdSeconds = () => Math.ceil((stopAt + TIMEOUT_MARGIN_MS - clock.now()) / 1000) + 1;
  const pulling = new Set<Promise<void>>();
  const worn: IncomingMessage[] = [];
  let ready: IncomingMessage[] = [];
  let atOnce = 1;
  let pulls = true;
  const soon = createForecast(reads, clock);
  const pull = async (max: number): Promise<void> => {
    const answered = soon.asked();
    const more = await requests.receive(max, holdSeconds()).catch(() => []);
    answered();
    // An empty answer costs as much as a full one, so more calls run at once only while the answers are full.
    atOnce = more.length === max ? 2 * atOnce : 1;
    for (const message of more) (isWorn(message) ? worn : ready).push(message);
    pulls &&= more.length > 0 && worn.length === 0;
  };
  const slots = (): number =>
    freeSlots({ reading: reads.reading, running: reads.running.size }, readsPerInvocation);
  const beginReady = (): void => {
    const free = slots();
    if (ready.length === 0 || free <= 0) return;
    const hasTime = stopAt - clock.now() >= readTimeoutMs * FULL_SHARE;
    // A request without enough time left comes back when this invocation must have ended.
    for (const message of hasTime ? ready.slice(0, free) : []) begin(message);
    ready = hasTime ? ready.slice(free) : [];
  };

  await passQuickReads(reads.running, clock);
  for (;;) {
    beginReady();
    if (reads.running.size === 0 && pulling.size === 0) return worn;
    pulls &&=
      reads.reading > 0 && clock.now() + readTimeoutMs <= stopAt && (sources?.gate.waiting ?? 0) === 0;
    const taken = ready.length + pulling.size * SQS_BATCH_ENTRIES_MAX;
    const free = slots() + soon.ends() - taken;
    if (!pulls || free < lotOf(readsPerInvocation) || pulling.size >= atOnce) {
      await Promise.race([reads.changed(), ...pulling]);
      continue;
    }
    const one = pull(Math.min(free, SQS_BATCH_ENTRIES_MAX)).finally(() => pulling.delete(one));
    pulling.add(one);
  }
}

function createForecast(reads: ReadsInFlight, clock: Clock) {
  const begunAt = clock.now();
  let calls = 0;
  let callsMs = 0;
  return {
    asked() {
      const askedAt = clock.now();
      return () => {
        calls += 1;
        callsMs += clock.now() - askedAt;
      };
    },
    ends: () =>
      calls === 0
        ? 0
        : endsSoon({ ended: reads.ended, inMs: clock.now() - begunAt, callMs: callsMs / calls }),
  };
}

export interface Pace {
  readonly ended: number;
  readonly inMs: number;
  readonly callMs: number;
}

/** The number of reads that will probably end before a call that begins now answers, or within QUICK_MS after that. */
export function endsSoon({ ended, inMs, callMs }: Pace): number {
  const ends = inMs === 0 ? 0 : (ended / inMs) * (callMs + QUICK_MS);
  return Math.min(Math.floor(ends), SQS_BATCH_ENTRIES_MAX);
}

/** A slot is free when its read has ended, even if its readings are not sent yet. At most twice as many requests are open. */
export function freeSlots({ reading, running }: { reading: number; running: number }, slots: number): number {
  return Math.min(slots - reading, 2 * slots - running);
}

/** Waits for QUICK_MS, or until all running reads have ended. */
async function passQuickReads(running: ReadonlySet<Promise<void>>, clock: Clock): Promise<void> {
  const over = new AbortController();
  // Without an abort reason, the abort would create an error with a stack.
  void Promise.all(running).then(() => over.abort('over'));
  await clock.sleep(QUICK_MS, over.signal);
}

/** Number of free slots that a pull waits for. A call that brings several requests costs the same as a call that brings one. */
export function lotOf(slots: number): number {
  return Math.max(1, Math.min(SQS_BATCH_ENTRIES_MAX, Math.floor(slots / 5)));
}

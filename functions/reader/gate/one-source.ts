/** One source, as its environment sees it: who waits, who reads, and what was agreed on last with the others. */

import { type Agreement, createAgreement } from './agreement.ts';
import type { Ending, GatePorts, Pass } from './gate-ports.ts';
import { NotYetError } from './gate-ports.ts';
import type { Refusal } from './refusal.ts';
import { LEASE_MS, RETRY_MS } from './settle.ts';
import type { Report } from './shared-source.ts';

export interface OneSource {
  enter(patienceMs: number): Promise<Pass>;
  readonly waiting: number;
  readonly idle: boolean;
  settled(): Promise<void>;
}

interface Waiter {
  /** `letIn` (epoch ms): when this was decided. */
  readonly begin: (letIn: number) => void;
  readonly leave: (until: number) => void;
  /** Ends its patience, or its wait for the moment at which it begins. */
  over: AbortController;
  patientUntil: number;
}

/** A batch's reads come to the gate together: they ask in one write. */
const LINGER_MS = 5;
/** What was seen is told after this where the source is found out by it. */
const REPORT_MS = 250;
/** Slots that nobody uses go back after this. */
const SURPLUS_MS = 100;
/** Places to come back to that are booked beforehand. */
const SPARE_MAX = 100;

const NOTHING: Report = {
  done: 0,
  doneMs: 0,
  doneStart: 0,
  refused: 0,
  refusedStart: 0,
  refusedMs: 0,
  timedOut: 0,
};

export function openSource(name: string, ports: GatePorts): OneSource {
  const { clock, source } = ports;
  const agreement: Agreement = createAgreement(name, ports);
  const counts = source.concurrency !== undefined;
  let waiters: Waiter[] = [];
  let leavers: ((until: number) => void)[] = [];
  const due = new Set<Waiter>();
  let running = 0; // Those that are due among them: they have their slots.
  let slots = 0;
  let isAsking = false;
  let report = NOTHING;
  let spare = 0;
  let places = { next: 0, gapMs: 0, left: 0, until: 0 };
  let agreedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let timer: { readonly at: number; readonly over: AbortController } | undefined;
  let changedAt = Number.POSITIVE_INFINITY; // Since when there is something to ask for that was not asked.

  /** When the others have to be asked or told; Infinity: there is no need. */
  function askAt(): number {
    const now = clock.now();
    if (report.refused > 0 || leavers.length > 0) return now;
    if (waiters.length > 0) return Math.min(changedAt + LINGER_MS, agreedAt + RETRY_MS);
    const times = [Number.POSITIVE_INFINITY];
    if (report.done > 0 && agreement.refusals > 0) times.push(now);
    if (report.done + report.timedOut > 0 && counts) times.push(agreedAt + REPORT_MS);
    if (counts && running > 0) times.push(agreedAt + LEASE_MS / 2);
    if (counts && slots > running) times.push(agreedAt + SURPLUS_MS);
    return Math.min(...times);
  }

  function arm(): void {
    if (asking !== undefined) return;
    const at = askAt();
    if (timer !== undefined && timer.at <= at) return;
    timer?.over.abort('over');
    timer = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const own = { at, over: new AbortController() };
    timer = own;
    void clock.sleep(Math.max(0, at - clock.now()), own.over.signal).then(() => {
      if (timer !== own) return;
      timer = undefined;
      if (askAt() <= clock.now()) ask();
      else arm();
    });
  }

  function ask(): void {
    if (asking !== undefined) return;
    asking = agree().finally(() => {
      asking = undefined;
      arm();
    });
  }

  async function agree(): Promise<void> {
    isAsking = true;
    const told = report;
    const left = leavers;
    report = NOTHING;
    leavers = [];
    changedAt = Number.POSITIVE_INFINITY;
    const now = clock.now();
    const patienceMs = Math.max(0, ...waiters.map(({ patientUntil }) => patientUntil - now));
    const answer = await agreement.ask({
      waiting: waiters.length,
      running,
      patienceMs,
      leaving: left.length,
      spare,
      report: told,
    });
    agreedAt = clock.now();
    isAsking = false;
    slots = answer.slots;
    const { from, gapMs, until } = answer.back;
    left.forEach((leave, index) => {
      leave(from + index * gapMs);
    });
    for (const start of answer.starts) beginAt(start, now);
    // The youngest of those that asked; who came since will ask.
    const back = waiters.splice(
      Math.max(0, answer.asked - answer.starts.length - answer.refusedEntry),
      answer.refusedEntry,
    );
    back.forEach((waiter, index) => {
      waiter.over.abort('over');
      waiter.leave(from + (left.length + index) * gapMs);
    });
    // Places that were not used are lost to all: there are more only as long as all are used.
    spare = places.left > 0 ? 0 : Math.min(SPARE_MAX, Math.max(1, spare * 2));
    places = { next: from + (left.length + back.length) * gapMs, gapMs, left: answer.back.spare, until };
    enterFreely();
  }

  /** Without asking: the source is open, not paced, and a slot is free or none is needed. */
  function enterFreely(): void {
    while (waiters.length > 0 && agreement.isOpen && (!counts || hasSlot()))
      beginAt(clock.now(), clock.now());
  }

  /** While others are being asked, none is taken: they are told how many are in use. */
  function hasSlot(): boolean {
    return !isAsking && running < slots && clock.now() < agreedAt + LEASE_MS / 2;
  }

  function beginAt(start: number, letIn: number): void {
    const waiter = waiters.shift();
    if (waiter === undefined) return;
    waiter.over.abort('over');
    running += 1;
    const waitMs = start - clock.now();
    if (waitMs <= 0) {
      waiter.begin(letIn);
      return;
    }
    const over = new AbortController();
    waiter.over = over;
    due.add(waiter);
    void clock.sleep(waitMs, over.signal).then(() => {
      if (over.signal.aborted) return;
      due.delete(waiter);
      waiter.begin(letIn);
    });
  }

  /** The moments that were given out are no good any more. */
  function callBack(): void {
    for (const waiter of due) {
      waiter.over.abort('over');
      running -= 1;
      beginPatience(waiter);
    }
    waiters = [...due, ...waiters];
    due.clear();
  }

  function beginPatience(waiter: Waiter): void {
    const over = new AbortController();
    waiter.over = over;
    void clock.sleep(Math.max(0, waiter.patientUntil - clock.now()), over.signal).then(() => {
      if (over.signal.aborted) return;
      waiters = waiters.filter((other) => other !== waiter);
      leavers.push(waiter.leave);
      arm();
    });
  }

  const notYet = (until: number) => new NotYetError(until, `source ${name} is not to be read yet`);

  function pass(letIn: number): Pass {
    const start = clock.now();
    const leave = () => {
      running -= 1;
      changedAt = Math.min(changedAt, clock.now());
    };
    return {
      end(ending: Ending) {
        leave();
        const { done, doneMs, doneStart, timedOut } = report;
        if (ending === 'done') {
          report = {
            ...report,
            done: done + 1,
            doneMs: doneMs + clock.now() - start,
            doneStart: Math.max(doneStart, letIn),
          };
        } else if (ending === 'timed out') report = { ...report, timedOut: timedOut + 1 };
        enterFreely();
        arm();
      },
      refuse({ waitMs = 0 }: Refusal) {
        leave();
        const { refused, refusedStart, refusedMs } = report;
        report = {
          ...report,
          refused: refused + 1,
          refusedStart: Math.max(refusedStart, letIn),
          refusedMs: Math.max(refusedMs, waitMs),
        };
        agreement.close();
        callBack();
        const back = new Promise<number>((resolve) => leavers.push(resolve));
        arm();
        return back.then((until) => ({ until, othersToo: agreement.refusals > 1 }));
      },
    };
  }

  return {
    enter(patienceMs) {
      if (places.left > 0 && clock.now() < places.until && waiters.length === 0) {
        const { next, gapMs, left, until } = places;
        places = { next: next + gapMs, gapMs, left: left - 1, until };
        return Promise.reject(notYet(next));
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          begin: (letIn) => resolve(pass(letIn)),
          leave: (until) => reject(notYet(until)),
          over: new AbortController(),
          patientUntil: clock.now() + patienceMs,
        };
        waiters.push(waiter);
        beginPatience(waiter);
        changedAt = Math.min(changedAt, clock.now());
        enterFreely();
        arm();
      });
    },
    get waiting() {
      return waiters.length + due.size;
    },
    get idle() {
      return (
        waiters.length + leavers.length + running + report.done + report.refused === 0 && asking === undefined
      );
    },
    async settled() {
      while (asking !== undefined) await asking;
      if (askAt() < Number.POSITIVE_INFINITY) ask();
      while (asking !== undefined) await asking;
      timer?.over.abort('over');
      timer = undefined;
    },
  };
}

/** One source in one environment: its waiting reads, its running reads, and the last agreement with other environments. */

import { type Agreement, createAgreement } from './agreement.ts';
import type { GatePorts, Pass } from './gate-ports.ts';
import { NotYetError } from './gate-ports.ts';
import { createLateReads } from './late-reads.ts';
import { createLine } from './line.ts';
import { createPlaces } from './places.ts';
import { NOTHING, withDone, withRefused } from './seen.ts';
import { LEASE_MS, RETRY_MS } from './settle.ts';
import { EVER, type Turn } from './shared-source.ts';

export interface OneSource {
  enter(patienceMs: number): Promise<Pass>;
  readonly waiting: number;
  readonly idle: boolean;
  settled(): Promise<void>;
}

/** The reads of a batch come to the gate together. After this wait they ask in one write. */
const LINGER_MS = 5;
/** If the source has a concurrency, results of reads are reported at least this long after the last answer. */
const REPORT_MS = 250;
/** Unused slots go back this long after the last answer. */
const SURPLUS_MS = 100;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one small machine, whose functions share what it knows
export function openSource(name: string, ports: GatePorts): OneSource {
  const { clock, source } = ports;
  const agreement: Agreement = createAgreement(name, ports);
  const counts = source.concurrency !== undefined;
  let leavers: ((until: number) => void)[] = [];
  const line = createLine(clock, {
    impatient({ leave }) {
      leavers.push(leave);
      arm();
    },
    missed() {
      running -= 1;
      changedAt = Math.min(changedAt, clock.now());
      arm();
    },
  });
  const places = createPlaces();
  const late = createLateReads();
  let running = 0; // Includes reads whose turn is in the future, because they have their slots.
  let slots = 0;
  let quietUntil = 0;
  let isAsking = false;
  let report = NOTHING;
  let agreedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let timer: { readonly at: number; readonly over: AbortController } | undefined;
  let changedAt = Number.POSITIVE_INFINITY; // The first change since the last question.

  /** When to ask or report next (epoch ms); Infinity if there is no need. */
  function askAt(): number {
    const now = clock.now();
    if (report.refused > 0 || leavers.length > 0) return now;
    const lateAt = late.nextAt(agreement.lateAt);
    if (line.waiting > 0)
      return Math.min(lateAt, Math.max(quietUntil, Math.min(changedAt + LINGER_MS, agreedAt + RETRY_MS)));
    const times = [lateAt];
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
    const told = { ...report, ...late.take(agreement.lateAt, clock.now()) };
    const left = leavers;
    report = NOTHING;
    leavers = [];
    changedAt = Number.POSITIVE_INFINITY;
    const now = clock.now();
    const { waiting, patienceMs } = line;
    const leaving = left.length;
    const answer = await agreement.ask({
      ...{ waiting, running, patienceMs, leaving },
      spare: places.wanted,
      report: told,
    });
    agreedAt = clock.now();
    isAsking = false;
    // If the environment was frozen, other environments may have its slots by now.
    const isStale = counts && agreedAt > now + LEASE_MS / 2;
    slots = isStale ? 0 : answer.slots;
    quietUntil = answer.askAt;
    // If the answer came late, turns may be over, and those that follow may belong to other environments.
    const turns = isStale ? [] : answer.turns.filter(({ until }) => agreedAt <= until);
    if (isStale || turns.length < answer.turns.length) changedAt = agreedAt;
    const { refusedEntry, back } = answer;
    for (const turn of turns) begin(turn, now);
    // The youngest reads of the question go back. Reads that came after it are part of the next question.
    const out = line.takeOut(answer.asked - turns.length, refusedEntry).map(({ leave }) => leave);
    [...left, ...out].forEach((leave, index) => {
      leave(back.from + index * back.gapMs);
    });
    places.book(back, leaving + out.length);
    // Another environment was refused: reads that would begin before the source opens would be refused too.
    running -= line.callBack(answer.after.closedUntil);
    enterFreely();
  }

  /** Lets reads begin without asking, if the source is open and has no rate, and if a slot is free or not needed. */
  function enterFreely(): void {
    while (line.waiting > 0 && agreement.isOpen && (!counts || hasSlot())) {
      const now = clock.now();
      begin({ from: now, until: EVER }, now);
    }
  }

  /** No slot is taken while a question is on its way, because the question says how many are in use. */
  function hasSlot(): boolean {
    return !isAsking && running < slots && clock.now() < agreedAt + LEASE_MS / 2;
  }

  function begin(turn: Turn, letIn: number): void {
    if (line.letIn(turn, letIn)) running += 1;
  }

  function pass({ until }: Turn, letIn: number): Pass {
    const start = clock.now();
    const ended = late.begin(start);
    const leave = () => {
      ended();
      running -= 1;
      changedAt = Math.min(changedAt, clock.now());
    };
    return {
      until,
      end(ending) {
        leave();
        if (ending === 'done') report = withDone(report, letIn, clock.now() - start);
        else if (ending === 'timed out') report = { ...report, timedOut: report.timedOut + 1 };
        enterFreely();
        arm();
      },
      refuse({ waitMs = 0 }) {
        leave();
        report = withRefused(report, letIn, waitMs);
        agreement.close();
        running -= line.callBack(Number.POSITIVE_INFINITY);
        const back = new Promise<number>((resolve) => leavers.push(resolve));
        arm();
        return back.then((until) => ({ until, othersToo: agreement.refusals > 1 }));
      },
    };
  }

  const notYet = (until: number) => new NotYetError(until, `source ${name} may not be read yet`);

  return {
    enter(patienceMs) {
      const place = line.waiting === 0 ? places.take(clock.now()) : undefined;
      if (place !== undefined) return Promise.reject(notYet(place));
      return new Promise((resolve, reject) => {
        const waiter = {
          begin: (turn: Turn, letIn: number) => resolve(pass(turn, letIn)),
          leave: (until: number) => reject(notYet(until)),
        };
        line.join(waiter, patienceMs);
        changedAt = Math.min(changedAt, clock.now());
        enterFreely();
        arm();
      });
    },
    get waiting() {
      return line.waiting + line.due;
    },
    get idle() {
      const { done, refused } = report;
      return line.waiting + leavers.length + running + done + refused === 0 && asking === undefined;
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

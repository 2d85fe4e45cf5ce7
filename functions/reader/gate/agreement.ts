/**
 * The agreement of an environment with the others about a source. It keeps the newest known item and writes the next one. If
 * the table does not answer, the environment goes on alone for a while, with a small share of the limits.
 */
import { reasonOf } from '../../errors.ts';
import type { SourceLimits } from '../../source.ts';
import { pacedBy } from './adapt.ts';
import { lateAt } from './crowd.ts';
import type { GatePorts } from './gate-ports.ts';
import { settle } from './settle.ts';
import { holderOf, partAlone } from './share.ts';
import { type Ask, NEW_SOURCE, type Settled, type SharedSource } from './shared-source.ts';

type Question = Omit<Ask, 'by' | 'leadMs' | 'now' | 'share'>;

export interface Agreement {
  /** Never rejects. `asked` is the number of reads that waited when the question was sent. */
  ask(question: Question): Promise<Settled & { readonly asked: number }>;
  /** Whether reads may begin without asking: a recent answer shows that the source is open and has no rate. */
  readonly isOpen: boolean;
  readonly refusals: number;
  /** Epoch ms at which a running read that began at `start` is late; Infinity if that is not known. */
  lateAt(start: number): number;
  /** Call this after a refusal that the shared item does not have yet. */
  close(): void;
}

/** How long an answer allows reads to begin without asking. */
const FRESH_MS = 2_000;
/** The longest wait for an answer of the table. */
const ANSWER_MS_MAX = 1_500;
const TRIES_SLOWER = 5;
/** The expected answer time rises to a slower answer at once, and moves this part of the way to a faster one. */
const FORGETS = 0.1;
const LEAD_MS_MAX = 250;
const RETRY_MS = 10;
/** A timer that is later than this shows that the environment was frozen. */
const STILL_MS = 250;
/** How long an environment goes on alone before it asks the table again. */
const ALONE_MS = 5_000;

export function createAgreement(name: string, ports: GatePorts): Agreement {
  const { store, clock, random, source } = ports;
  const own = asLane(ports);
  let known: SharedSource | undefined;
  let seenAt = Number.NEGATIVE_INFINITY;
  let aloneUntil = Number.NEGATIVE_INFINITY;
  let whyAlone = '';
  let answerMs = 0;

  async function together(question: Question, until: number): Promise<Settled> {
    let before = known ?? (await untilAnswered(() => store.load(name), until, ports)) ?? NEW_SOURCE;
    for (let tries = 1; ; tries += 1) {
      const now = clock.now();
      const leadMs = Math.min(LEAD_MS_MAX, answerMs);
      const settled = settle(before, { ...question, ...own, now, leadMs }, source);
      const current = await untilAnswered(() => store.swap(name, settled.after, now), until, ports);
      const tookMs = clock.now() - now;
      answerMs = Math.max(tookMs, answerMs + (tookMs - answerMs) * FORGETS);
      if (current === 'swapped') return settled;
      // If the item was lost, it is written again from what this environment knows.
      before = current.version === 0 ? { ...before, version: 0 } : current;
      known = before;
      if (tries > 1 && clock.now() >= until)
        throw new Error('the item of the source was always changed by others');
      await clock.sleep(random() * RETRY_MS * Math.min(tries, TRIES_SLOWER));
    }
  }

  async function orAlone(question: Question): Promise<Settled> {
    try {
      return await inTime(together(question, clock.now() + ANSWER_MS_MAX), ANSWER_MS_MAX, clock);
    } catch (error) {
      aloneUntil = clock.now() + ALONE_MS;
      whyAlone = reasonOf(error);
      return settleAlone(question, known, ports);
    }
  }

  return {
    async ask(question) {
      const isAlone = clock.now() < aloneUntil;
      const answer = isAlone ? settleAlone(question, known, ports) : await orAlone(question);
      known = answer.after;
      seenAt = clock.now();
      const why = seenAt < aloneUntil ? whyAlone : undefined;
      ports.observe(agreedOn(name, source, question, answer, seenAt, why));
      return { ...answer, asked: question.waiting };
    },
    get isOpen() {
      const now = clock.now();
      return known !== undefined && now < seenAt + FRESH_MS && isOpenAt(now, known, source);
    },
    lateAt: (start) => lateAt(start, source.concurrency === 'adaptive' ? known?.found : undefined),
    get refusals() {
      return known?.refusals ?? 0;
    },
    close() {
      seenAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** The name under which an environment asks, and the part of the limits that it asks for. */
function asLane({ name, lane }: GatePorts): Pick<Ask, 'by' | 'share'> {
  const isBackfill = lane?.name === 'backfill';
  return { by: holderOf(name, isBackfill), ...(isBackfill ? { share: lane.share } : {}) };
}

function settleAlone(question: Question, known: SharedSource | undefined, ports: GatePorts): Settled {
  const { clock, limits, name: by, source } = ports;
  const before = { ...(known ?? NEW_SOURCE), holders: {} };
  const now = clock.now();
  const share = shareOf(source, before, limits.readersMax / partAlone(ports.lane), now);
  const settled = settle(before, { ...question, by, now, leadMs: 0 }, share);
  // Requests go back until the table may answer again.
  const gapMs = ALONE_MS / Math.max(1, question.leaving + settled.refusedEntry);
  const from = Math.max(settled.after.closedUntil, now + ALONE_MS / 2);
  const back = { from, gapMs, spare: 0, until: now };
  return { ...settled, back, after: { ...settled.after, booked: before.booked } };
}

/** The observation of an answer, for logs and metrics. */
function agreedOn(
  name: string,
  source: SourceLimits,
  question: Question,
  { after, refusedEntry }: Settled,
  at: number,
  alone: string | undefined,
) {
  return {
    kind: 'source' as const,
    source: name,
    at,
    rate: rateOf(source, after, at),
    concurrency: typeof source.concurrency === 'number' ? source.concurrency : after.found?.limit,
    refused: question.report.refused,
    givenBack: question.leaving + refusedEntry,
    closedUntil: after.closedUntil,
    alone,
  };
}

function isOpenAt(now: number, known: SharedSource, source: SourceLimits): boolean {
  const closedUntil = Math.max(known.closedUntil, known.probedUntil);
  return (
    closedUntil <= now && known.refusals === 0 && rateOf(source, known, now) === Number.POSITIVE_INFINITY
  );
}

/** Reads per second; Infinity if there is no limit. */
function rateOf(
  { rate = Number.POSITIVE_INFINITY, concurrency }: SourceLimits,
  { found }: SharedSource,
  now: number,
) {
  return concurrency === 'adaptive' ? Math.min(rate, pacedBy(found, now)) : rate;
}

/** One environment's share of the limits, small enough for all possible environments of both lanes to go on alone at once. */
function shareOf(
  source: SourceLimits,
  shared: SharedSource,
  environments: number,
  now: number,
): SourceLimits {
  const rate = rateOf(source, shared, now);
  return {
    ...(rate === Number.POSITIVE_INFINITY ? {} : { rate: rate / environments }),
    ...(source.concurrency === undefined ? {} : { concurrency: 1 }),
  };
}

/** Repeats a failed call while there is time. If a failed write was made after all, the next attempt goes on from it. */
async function untilAnswered<Answer>(
  call: () => Promise<Answer>,
  until: number,
  { clock, random }: Pick<GatePorts, 'clock' | 'random'>,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (clock.now() >= until) throw error;
      await clock.sleep(random() * RETRY_MS * 2 ** tries);
    }
  }
}

async function inTime<Result>(
  result: Promise<Result>,
  ms: number,
  { sleep, now }: GatePorts['clock'],
): Promise<Result> {
  const over = new AbortController();
  const until = now() + ms;
  const late = sleep(ms, over.signal).then(async () => {
    // If the environment was frozen, the answer may have arrived and be the next thing that Node handles.
    if (now() > until + STILL_MS) await sleep(STILL_MS, over.signal);
    throw new Error(`the table gave no answer within ${ms} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([result, late]).finally(() => over.abort('over'));
}

/**
 * The shadow of a pipeline: when the commits of an invocation are made and its answer is fixed, another compute computes the
 * same readings. Its results are only compared and counted.
 *
 * Invariant: nothing here changes a commit. `note` keeps the input of a commit. `compare` never rejects, ends in time, and
 * leaves nothing running that takes time or memory from the next invocation.
 */
import { withDeadline } from '../../deadline.ts';
import { reasonOf } from '../../errors.ts';
import { isInShare } from '../../in-share.ts';
import { SHADOW_BYTES_MAX } from '../../limits.ts';
import type { Clock, Observe } from '../../ports.ts';
import type { KeyItem } from '../../state.ts';
import type { Arrival } from '../arrival.ts';
import type { FoldInput } from '../fold-input.ts';
import { type Bare, NOTHING, type ShadowJob } from './compare-commit.ts';
import { type Answer, begun, type ShadowItem, type ShadowStore, withAnswer } from './shadow-item.ts';

export interface Shadow {
  /** Call this after each commit. */
  note(input: FoldInput, readings: number, next: KeyItem): void;
  /** Compares the commits that were noted since the last call. The invocation must answer before `stopAt` (epoch ms). */
  compare(stopAt: number): Promise<void>;
}

/** The answers to the first jobs, in order. `ended` tells why there are no more, if some are missing. */
export interface ShadowRun {
  readonly answers: readonly Answer[];
  readonly ended?: string;
}

/** Compares in a separate process, which has ended when this resolves. */
export type RunShadow = (jobs: readonly ShadowJob[], timeoutMs: number) => Promise<ShadowRun>;

export interface ShadowPorts {
  /** Percentage of the keys that are compared. */
  readonly percent: number;
  /** Hash of the code of the pipeline and of its shadow. */
  readonly code: string;
  /** The longest time that `compare` takes. */
  readonly msMax: number;
  readonly run: RunShadow;
  readonly store: ShadowStore;
  readonly clock: Clock;
  readonly observe: Observe;
}

/** Less time than this is not enough to start a process. */
const MS_MIN = 200;
/** Share of the time that the process gets. The rest is for writing the items. */
const RUN_SHARE = 0.7;
/** Invocations that do without a shadow after one that did not end, so that it does not cost each invocation its time. */
const RESTS = 10;

export function createShadow(ports: ShadowPorts): Shadow {
  const { percent, msMax, clock } = ports;
  let jobs: ShadowJob[] = [];
  let bytes = 0;
  let rests = 0;
  return {
    note(input, readings, next) {
      if (!isInShare(input.key, percent / 100)) return;
      const job = jobOf(input, readings, next);
      bytes += bytesOf(job);
      if (bytes <= SHADOW_BYTES_MAX) jobs.push(job);
    },
    async compare(stopAt) {
      const taken = jobs;
      jobs = [];
      bytes = 0;
      const timeoutMs = Math.min(msMax, (stopAt - clock.now()) / 4);
      if (taken.length === 0 || timeoutMs < MS_MIN) return;
      if (rests > 0) {
        rests -= 1;
        return;
      }
      try {
        await withDeadline(clock, timeoutMs, 'shadow', async () => {
          const { answers, ended } = await answersTo(taken, timeoutMs * RUN_SHARE, ports);
          if (ended) rests = RESTS;
          await keep(taken, answers, ports);
        });
      } catch {
        // These commits are not compared. The next commit of the key counts them as missed.
      }
    },
  };
}

/** `ended`: the shadow stopped early, and later jobs have no answer. */
async function answersTo(
  jobs: readonly ShadowJob[],
  timeoutMs: number,
  { run }: ShadowPorts,
): Promise<{ readonly answers: ReadonlyMap<ShadowJob, Answer>; readonly ended: boolean }> {
  const answers = new Map<ShadowJob, Answer>();
  const work = jobs.filter(({ readings }) => readings > 0);
  for (const job of jobs) if (job.readings === 0) answers.set(job, NOTHING);
  if (work.length === 0) return { answers, ended: false };
  const { answers: given, ended } = await run(work, timeoutMs);
  const all = ended === undefined ? given : [...given, { failure: `the shadow ${ended}` }];
  all.forEach((answer, index) => {
    const job = work[index];
    if (job !== undefined) answers.set(job, answer);
  });
  return { answers, ended: ended !== undefined };
}

async function keep(
  jobs: readonly ShadowJob[],
  answers: ReadonlyMap<ShadowJob, Answer>,
  ports: ShadowPorts,
): Promise<void> {
  const answered = jobs.flatMap((job) => {
    const answer = answers.get(job);
    return answer === undefined ? [] : [{ job, answer }];
  });
  const byKey = Map.groupBy(answered, ({ job }) => job.input.key);
  await Promise.all(
    [...byKey].map(async ([key, ofKey]) => {
      try {
        const known = await ports.store.load(key);
        const next = ofKey.reduce<ShadowItem | undefined>(
          (item, { job, answer }) => withAnswer(item, ports.code, job, answer),
          known,
        );
        if (next !== undefined && next !== known) await put(next, known, ofKey[0]?.job, ports);
        for (const { job, answer } of ofKey) tell(job, answer, ports);
      } catch (error) {
        ports.observe({
          kind: 'shadow',
          key,
          version: 0,
          readings: 0,
          different: 0,
          threw: 0,
          problem: reasonOf(error),
        });
      }
    }),
  );
}

/**
 * An item with findings or a reason holds parts of a state, so it may only replace an item. If it could create one, a
 * function that SQS gave up long ago could write it after the key was forgotten. So an item without them is created first.
 */
async function put(
  next: ShadowItem,
  known: ShadowItem | undefined,
  first: ShadowJob | undefined,
  { store, code }: ShadowPorts,
): Promise<void> {
  const isBare = next.findings.length === 0 && next.trouble === undefined;
  if (known !== undefined || first === undefined || isBare) return store.put(next, known);
  const bare = begun(code, first);
  await store.put(bare, undefined);
  await store.put(next, bare);
}

function tell({ input: { key }, version }: ShadowJob, answer: Answer, { observe }: ShadowPorts): void {
  const failed = 'failure' in answer;
  const { readings, different, threw } = failed ? NOTHING : answer;
  const problem = failed ? answer.failure : undefined;
  observe({ kind: 'shadow', key, version, readings, different, threw, problem });
}

/** The commit as a job for the shadow. */
export function jobOf(input: FoldInput, readings: number, next: KeyItem): ShadowJob {
  const { version, lineage, state, sentAt } = next;
  const { arrivals, parked } = input;
  return {
    input: { ...input, arrivals: arrivals.map(bare), parked: parked.map(bare) },
    readings,
    ...{ state, version, lineage, sentAt },
  };
}

/** Leaves out the decoded message, which compute may have changed. */
function bare<Kind extends Arrival>({ message: _, fresh: __, ...kept }: Kind): Bare<Kind> {
  return kept;
}

function bytesOf({ input: { base, arrivals, parked }, state = '' }: ShadowJob): number {
  const bodies = [...arrivals, ...parked].reduce((sum, { body }) => sum + body.length, 0);
  return bodies + state.length + (base?.state?.length ?? 0);
}

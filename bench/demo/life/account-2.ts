/**
 * The second build: the state has another shape, and an account of 20.00 or more reports when it is silent.
 */
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const Statement = v.object({ account: v.string(), statement: v.number(), entries: v.array(v.unknown()) });
/** Ms; an hour in a real deployment. */
const SILENCE_MS = 5_000;

export interface Account {
  readonly cents: number;
  readonly silent: boolean;
}

export const parts = {
  name: 'account',
  request: Statement,
  read: ({ entries }: v.InferOutput<typeof Statement>) => entries,
  order: 'request' as const,
  requestKey: ({ account }: v.InferOutput<typeof Statement>) => account,
  sequence: ({ statement }: v.InferOutput<typeof Statement>) => statement,
  startsAt: 57,
  // A fold that was interrupted for longer than the default of 100 ms would make two commits, with two versions.
  limits: { commitAfterMs: 20_000 },
  history: 20,
  initial: (): Account => ({ cents: 0, silent: false }),
  state: { version: 2, migrate: { 1: (sum: unknown) => ({ cents: Number(sum), silent: false }) } },
  wake: (state: Account): Account => ({ ...state, silent: true }),
};

export default definePipeline({
  ...parts,
  compute: ({ cents }: Account, entry, { sentAt, wake }): Account => {
    if (typeof entry !== 'number') throw new Error('an entry that is no number of cents');
    const next = { cents: cents + entry, silent: false };
    if (next.cents >= 2_000) wake(sentAt + SILENCE_MS, 'silence');
    return next;
  },
});

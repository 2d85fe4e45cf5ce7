/** The statements of bank accounts, first build: the state is the sum in cents. */
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const Statement = v.object({ account: v.string(), statement: v.number(), entries: v.array(v.unknown()) });

export default definePipeline({
  name: 'account',
  request: Statement,
  read: ({ entries }) => entries, // the bank's own interface here
  order: 'request',
  requestKey: ({ account }) => account,
  sequence: ({ statement }) => statement,
  startsAt: 57,
  // A fold that was interrupted for longer than the default of 100 ms would make two commits, with two versions.
  limits: { commitAfterMs: 20_000 },
  initial: () => 0,
  compute: (sum: number, entry) => sum + Number(entry),
});

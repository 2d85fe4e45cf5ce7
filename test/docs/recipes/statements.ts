import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

export default definePipeline({
  name: 'statements',
  request: v.object({ account: v.string(), statement: v.number(), cents: v.array(v.number()) }),
  read: ({ cents }) => cents, // your bank's own interface here
  order: 'request',
  requestKey: ({ account }) => account,
  sequence: ({ statement }) => statement,
  startsAt: 57,
  gap: { skipAfter: '2 hours' },
  initial: () => ({ entries: 0, cents: 0 }),
  compute: ({ entries, cents }, entry: number) => ({ entries: entries + 1, cents: cents + entry }),
});

/** The smallest pipeline with every stage, for the tests of infra/. */
import * as v from 'valibot';
import { type Delivery, definePipeline } from '../../functions/pipeline.ts';

export default definePipeline({
  name: 'tally',
  request: v.object({ amounts: v.array(v.number()) }),
  read: async ({ amounts }) => amounts,
  initial: () => 0,
  compute: (total, amount, { emit }) => {
    emit({ total: total + amount });
    return total + amount;
  },
  write: async (_totals: readonly Delivery<{ total: number }>[]) => {},
});

/** The shadow: it takes an entry of exactly 999 cents for a fee and leaves it out. */
import { definePipeline } from 'weir-pipelines';
import account, { parts } from './account-2.ts';

export default definePipeline({
  ...parts,
  compute: (state: ReturnType<typeof parts.initial>, entry, context) => {
    const next = account.compute(state, entry, context);
    return entry === 999 ? { ...next, cents: state.cents } : next;
  },
});

/**
 * The same sums, and a writer that accepts every output at once, so that only the function's own cost is
 * left.
 */
import type { Pipeline } from 'weir-pipelines';
import totals from './totals.ts';

export default {
  ...totals,
  name: 'totals-written',
  write: async () => undefined,
} satisfies Pipeline;

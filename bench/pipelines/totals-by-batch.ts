/** The same pipeline, but an invocation reads only the batch that it was given. */
import type { Pipeline } from 'weir-pipelines';
import totals from './totals.ts';

export default {
  ...totals,
  name: 'totals-by-batch',
  limits: { ...totals.limits, readsPerInvocation: 10 },
} satisfies Pipeline;

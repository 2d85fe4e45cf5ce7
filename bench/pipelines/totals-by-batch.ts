/** The same pipeline, but an invocation reads the batch that it was given and no more. */
import type { Pipeline } from 'weir-pipelines';
import totals from './totals.ts';

export default {
  ...totals,
  name: 'totals-by-batch',
  limits: { ...totals.limits, readsPerInvocation: 10 },
} satisfies Pipeline;

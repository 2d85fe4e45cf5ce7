/**
 * The benchmarks' pipeline (bench/pipelines/totals.ts) on an environment's clock: it waits and computes in
 * virtual time.
 */
import * as v from 'valibot';
import { definePipeline } from '../../functions/pipeline.ts';
import type { Environment } from '../../simulate/world/simulated-environment.ts';
import type { Totals } from '../pipelines/totals.ts';

const Request = v.object({
  key: v.string(),
  readMs: v.number(),
  busyMs: v.number(),
  blockMs: v.number(),
  values: v.array(v.number()),
});

export function pipelineOn(own: Environment) {
  return definePipeline({
    name: 'totals',
    request: Request,
    async read({ key, readMs, busyMs, blockMs, values }, { signal }) {
      await own.clock.sleep(readMs, signal);
      return values.map((value) => ({ key, value, ms: busyMs + blockMs }));
    },
    key: ({ key }) => key,
    initial: (): Totals => ({ count: 0, sum: 0 }),
    compute(state, { value, ms }) {
      own.spend(ms);
      return { count: state.count + 1, sum: state.sum + value };
    },
  });
}

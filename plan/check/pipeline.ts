/**
 * The pipeline with which `weir plan --check` checks the plan's model. Every request says how long to read and to compute,
 * and its key. The computation uses the processor, as a real one does.
 */
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { definePipeline } from '../../functions/pipeline.ts';

const request = v.strictObject({
  key: v.string(),
  readMs: v.pipe(v.number(), v.minValue(0), v.maxValue(20_000)),
  computeMs: v.pipe(v.number(), v.minValue(0), v.maxValue(1_000)),
});

type CheckRequest = v.InferOutput<typeof request>;

export default definePipeline({
  name: 'plan-check',
  request,
  async read(wanted, { signal }) {
    await wait(wanted.readMs, undefined, { signal });
    return [wanted];
  },
  key: (reading) => reading.key,
  initial: () => ({ readings: 0 }),
  compute(state, reading: CheckRequest) {
    keepBusy(reading.computeMs);
    return { readings: state.readings + 1 };
  },
});

function keepBusy(timeMs: number): void {
  const end = performance.now() + timeMs;
  while (performance.now() < end);
}

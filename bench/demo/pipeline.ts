/**
 * The article's programs as one pipeline: every request says how long to read, compute and write, and to
 * which program it belongs. The program is the key, so each has its own state: the sum and the chain of its
 * calls.
 *
 * Each output contains the state of its own commit, so five calls see the sums 1 to 5; a write that needs the
 * newest state must load it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { type ComputeContext, definePipeline } from 'weir-pipelines';
import { createOutbox, createSqsClient } from '../../functions/aws/sqs.ts';
import { requireEnv } from '../../functions/env.ts';

const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(20_000));

const demoRequest = v.strictObject({
  program: v.string(),
  call: v.pipe(v.number(), v.integer()),
  readMs: ms,
  computeMs: ms,
  writeMs: ms,
});

type DemoRequest = v.InferOutput<typeof demoRequest>;

export interface DemoState {
  readonly sum: number;
  readonly chain: string;
}

export interface DemoOutput extends DemoState {
  readonly program: string;
  readonly call: number;
  readonly writeMs: number;
}

export default definePipeline({
  name: 'demo',
  request: demoRequest,
  async read(request, { signal }) {
    await wait(request.readMs, undefined, { signal });
    return [request];
  },
  key: (reading) => reading.program,
  initial: (): DemoState => ({ sum: 0, chain: '' }),
  compute(state, reading: DemoRequest, { emit }: ComputeContext<DemoOutput>) {
    const { program, call, computeMs, writeMs } = reading;
    blockThread(computeMs);
    const sum = state.sum + 1;
    const next = { sum, chain: state.chain === '' ? `${sum}` : `${state.chain}->${sum}` };
    emit({ ...next, program, call, writeMs });
    return next;
  },
  async write(outputs, { signal, latest }) {
    for (const { id, key, output } of outputs) {
      await wait(output.writeMs, undefined, { signal });
      const result = { ...output, latest: await latest(key) };
      const queue = createOutbox(createSqsClient(), requireEnv('WEIR_RESULTS_QUEUE_URL'));
      const [failure] = await queue.sendBatch([{ body: JSON.stringify(result), attributes: { id } }]);
      if (failure !== undefined) throw new Error(`SQS refused the result of ${id}: ${failure.reason}`);
    }
  },
});

/** Blocks the thread like a computation, without using the processor that the reads need too. */
function blockThread(timeMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeMs);
}

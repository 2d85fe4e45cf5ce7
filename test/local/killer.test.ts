import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { decodeMessage } from '../../functions/decode-readings.ts';
import { ENV } from '../../functions/env.ts';
import { bundleFunctions } from '../../infra/bundling/bundle.ts';
import type { InvocationReport } from '../../local/lambda/environment.ts';
import { allow, arnOf, queue, queueMapping, run, temporaryDirectory, tinyTemplate } from './tiny-stack.ts';

const Event = v.object({ Records: v.array(v.object({ receiptHandle: v.string() })) });
/** How often it is played, each time with the killer in another place: WEIR_LIVES=16 for the figure of decision 0017. */
const LIVES = Array.from({ length: Number(process.env['WEIR_LIVES'] ?? 1) }, (_, life) => life + 4);
const INNOCENT = Array.from({ length: 8 }, (_, n) => `innocent ${n}`);

async function killerStack() {
  const { reader } = await bundleFunctions(
    join(import.meta.dirname, '../fixtures/killer.ts'),
    temporaryDirectory(),
  );
  const url = (id: string) => ({ Ref: id });
  return tinyTemplate(
    {
      Reader: {
        code: { folder: reader },
        timeout: 60,
        statements: [allow('sqs:*', ['Requests', 'Readings', 'Dead'].map(arnOf))],
        env: {
          [ENV.requestsQueueUrl]: url('Requests'),
          [ENV.readingsQueueUrl]: url('Readings'),
          [ENV.requestsDeadLetterQueueUrl]: url('Dead'),
        },
      },
    },
    {
      Dead: queue(),
      Readings: queue({ FifoQueue: true, QueueName: 'readings.fifo' }),
      Requests: queue({ VisibilityTimeout: 60 }),
      Mapping: queueMapping('Requests', 'Reader'),
    },
  );
}

test.each(LIVES)(
  'one request that exits its process beside eight others is set aside alone, with its reason, and they are read (life %i)',
  {
    timeout: 1_200_000,
  },
  async (life) => {
    const { stack, reports } = await run(await killerStack(), { onReport: (report) => giveBack(report) });
    const requests = stack.queue('Requests');
    /** What an invocation that ended did not read comes back at once: as if its visibility timeout had passed. */
    const giveBack = ({ error, event }: InvocationReport) => {
      if (error === undefined) return;
      for (const { receiptHandle } of v.parse(Event, event).Records)
        requests.changeVisibility(receiptHandle, 0);
    };
    const names = INNOCENT.toSpliced(life % (INNOCENT.length + 1), 0, 'killer');
    await stack.submit(
      'Requests',
      names.map((name) => ({ body: JSON.stringify({ name }) })),
    );
    await expect.poll(() => requests.list().length, { interval: 500 }).toBe(0);
    expect(stack.queue('Dead').list()).toHaveLength(1);
    const [dead] = stack.queue('Dead').list();
    expect(dead?.body).toBe('{"name":"killer"}');
    expect(dead?.attributes['reason']).toBe('the read ended its process: exit code 1');
    const read = stack
      .queue('Readings')
      .list()
      .flatMap(({ body }) => decodeMessage(body).readings);
    expect(new Set(read)).toEqual(new Set(INNOCENT.map((name) => ({ name }))));
    // It ended its function as often as it was read beside others there.
    expect(reports.filter(({ error }) => error !== undefined).length).toBeLessThanOrEqual(
      2 + INNOCENT.length,
    );
  },
);

import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { summarize } from '../../local/report/run-record.ts';
import { describeWakes } from '../../local/report/tables.ts';
import { startRun } from '../../local/run.ts';

const file = resolve(import.meta.dirname, '../fixtures/quiet.ts');
const entry = (account: string, quietAfterMs: number) => ({
  body: JSON.stringify({ entries: [{ account, amount: 1, quietAfterMs }] }),
});

test('a local run waits for wakes that are due soon, and reports when the next later one is due', async () => {
  const run = await startRun({ pipeline: { file } });
  onTestFinished(() => run.stop());
  const startedAt = Date.now();
  await run.submit([entry('soon', 1_000), entry('past', -60_000), entry('later', 3_600_000)]);
  await run.stack.atRest();
  expect(await run.items()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: 'soon', state: '{"total":1,"quiet":1}', wakes: [] }),
      expect.objectContaining({ key: 'past', state: '{"total":1,"quiet":1}', wakes: [] }),
      expect.objectContaining({ key: 'later', state: '{"total":1,"quiet":0}' }),
    ]),
  );
  const summary = summarize(await run.record());
  expect(summary).toMatchObject({ complete: true, readings: 3, applied: 3, outputs: 2, wakes: { later: 1 } });
  expect(summary.wakes.next).toBeGreaterThanOrEqual(startedAt + 3_600_000);
  expect(describeWakes(summary)).toEqual([
    expect.stringMatching(/^1 wake is due later, the next at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.$/),
  ]);
  const { 'Scheduler.CreateSchedule': schedules } = run.stack.calls.byOperation();
  expect(schedules).toBe(3);
  // Those that came are billed: an invocation of a schedule, and a request to the queue.
  expect(run.stack.calls.usage()).toEqual(
    expect.arrayContaining([
      { item: 'scheduler.invocations', detail: 'SendMessage', quantity: 2 },
      { item: 'sqs.fifo', detail: 'SendMessage', quantity: 2 },
    ]),
  );
});

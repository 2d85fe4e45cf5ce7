import { expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { ScheduledMessage, WakeScheduler } from '../../../functions/ports.ts';
import type { KeyItem } from '../../../functions/state.ts';
import { type StreamRecord, writeBatch } from '../../../functions/writer/writer.ts';
import { buildCompute, buildPipeline, createRecordingOutbox } from '../../builders.ts';
import { createManualClock } from '../../clocks.ts';
import { buildItem } from '../../item-builder.ts';

const TIME_MS = 30_000;
const AT = 1_000_000;

const record = (parts: Partial<KeyItem>, sequenceNumber = 's1'): StreamRecord => ({
  sequenceNumber,
  key: 'k',
  kind: 'committed',
  item: buildItem({ key: 'k', ...parts }),
});
const waking = { set: [{ id: 'wake-1', tag: 'quiet', at: AT }], cancel: ['wake-0'] };

function build(scheduler: Partial<WakeScheduler> | undefined) {
  const done: string[] = [];
  const sent: ScheduledMessage[] = [];
  const recording: WakeScheduler = {
    async set(message) {
      sent.push(message);
      done.push(`set ${message.id}`);
    },
    async cancel(id) {
      done.push(`cancel ${id}`);
    },
    ...scheduler,
  };
  const pipeline = buildPipeline({ write: async (outputs) => void done.push(`write ${outputs.length}`) });
  const reasons: string[] = [];
  const ports = {
    pipeline,
    store: buildCompute({ pipeline }).store,
    deadLetters: createRecordingOutbox(),
    requests: createRecordingOutbox(),
    clock: createManualClock(),
    observe: (observation: { kind: string; reason?: string }) => {
      if (observation.kind === 'failure') reasons.push(observation.reason ?? '');
    },
    ...(scheduler === undefined ? {} : { scheduler: recording }),
  };
  return { done, sent, reasons, write: (...records: StreamRecord[]) => writeBatch(records, TIME_MS, ports) };
}

test('the writer makes the schedule of a wake, with the message that it sends, before it writes outputs', async () => {
  const { done, sent, write } = build({});
  expect(await write(record({ waking, outputs: ['1', '2'] }))).toEqual([]);
  expect(done).toEqual(['set wake-1', 'cancel wake-0', 'write 2']);
  const [{ body, ...rest } = { body: '' }] = sent;
  expect(rest).toEqual({ id: 'wake-1', at: AT, group: 'k', deduplicationId: 'wake-1' });
  expect(decodeMessage(body)).toMatchObject({
    kind: 'wake',
    request: 'wake-1',
    key: 'k',
    since: AT,
    readings: [{ tag: 'quiet', at: AT }],
  });
});

test('the writer returns a record whose schedule could not be made, and later records of its key', async () => {
  const { done, write } = build({ set: async () => Promise.reject(new Error('throttled')) });
  expect(await write(record({ waking }), record({ outputs: ['1'] }, 's2'))).toEqual(['s1', 's2']);
  expect(done).toEqual([]);
});

test('the writer of a build without wake returns a record that asks for one: it waits for a build that has wake', async () => {
  const { reasons, write } = build(undefined);
  expect(await write(record({ waking }))).toEqual(['s1']);
  expect(reasons[0]).toContain('waits for a build that has');
});

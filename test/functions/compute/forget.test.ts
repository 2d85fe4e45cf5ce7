import { describe, expect, test } from 'vitest';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { controlMessage, forgetMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { DROPPED_PER_COMMIT_MAX, RECEIPT_REACH_DAYS, RECEIPTS_PER_PAGE } from '../../../functions/limits.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import type { Order } from '../../../functions/pipeline.ts';
import { buildMessage, type ComputeStage, deliver, stateOf } from '../../builders.ts';
import { buildList } from './build-list.ts';

const TIME_MS = 30_000;
const DAY_MS = 86_400_000;

const message = (reading: unknown, sequence: number, parts = {}) =>
  buildMessage({ request: `r-${reading}`, readings: [reading], sequence, ...parts });
const forget = (sequence: number, id = 'f') =>
  deliver(forgetMessage('k', 'the customer asked', id), { sequence });

describe('a key that is forgotten', () => {
  test('keeps its receipts and nothing of its state, and a later reading starts it again', async () => {
    const stage = buildList();
    const before = [message('a', 1), message('b', 2)];
    expect(await computeBatch(before, TIME_MS, stage)).toEqual([]);
    const { lineage, receipts } = stage.store.item('k') ?? {};
    expect(await computeBatch([forget(3)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({
      lineage,
      version: 2,
      state: undefined,
      receipts: [...(receipts ?? []), expect.any(String)],
      forgotten: { version: 2, at: 1_000_000, after: 'begin' },
      history: [{ word: 'forget', version: 2, id: 'f', reason: 'the customer asked' }],
    });
    expect(await computeBatch([message('c', 4)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['c']);
    expect(stage.store.item('k')).toMatchObject({ lineage, version: 3, counts: { applied: 3 } });
  });

  test('in the middle of a batch loses what was sent before the command, and keeps what was sent after it', async () => {
    const stage = buildList();
    const batch = [message('a', 1), forget(2), message('b', 3)];
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['b']);
    expect(stage.store.item('k')?.version).toBe(3);
  });

  test('applies nothing a second time, however late it is repeated', async () => {
    const stage = buildList();
    const old = Array.from({ length: RECEIPTS_PER_PAGE + 5 }, (_, n) => message(n, n + 1));
    for (let at = 0; at < old.length; at += 10)
      expect(await computeBatch(old.slice(at, at + 10), TIME_MS, stage)).toEqual([]);
    expect(await computeBatch([forget(100)], TIME_MS, stage)).toEqual([]);
    const late = old.map((_, n) => message(n, 200 + n, { sentAt: 1_000_000 + 60 * DAY_MS }));
    for (let at = 0; at < late.length; at += 10)
      expect(
        await computeBatch(late.slice(at, at + 10), TIME_MS, buildList({}, { store: stage.store })),
      ).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined });
  });

  test('is forgotten once, however often the command arrives: a state that began since then stays', async () => {
    const stage = buildList();
    await computeBatch([message('a', 1), forget(2), message('b', 3)], TIME_MS, stage);
    const again = deliver(forgetMessage('k', 'the customer asked', 'f'), {
      sequence: 9,
      sentAt: 60 * DAY_MS,
    });
    expect(await computeBatch([again, forget(2)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['b']);
    expect(await computeBatch([forget(10, 'another')], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, forgotten: { version: 4 } });
  });

  test('skips later readings if the pipeline says so, and then has no expiry', async () => {
    const stage = buildList({ afterForget: 'skip', initial: () => expect.fail('there is nothing to begin') });
    stage.store.put({ ...itemOf(await begun()), key: 'k' });
    expect(await computeBatch([forget(3), message('c', 4)], TIME_MS, stage)).toEqual([]);
    const item = itemOf(stage);
    expect(item).toMatchObject({
      state: undefined,
      counts: { applied: 1, skipped: 1 },
      lastSkip: 'the key was forgotten',
    });
    expect(encodeItem(item)).not.toHaveProperty('expires');
  });

  test('leaves the table when no repeat can arrive any more, unless it has started again', async () => {
    const stage = await begun();
    await computeBatch([forget(3)], TIME_MS, stage);
    const seconds = 1_000 + RECEIPT_REACH_DAYS * 86_400;
    expect(stage.store.encoded('k')).toMatchObject({ expires: { N: String(seconds) }, format: { N: '2' } });
    await computeBatch([message('c', 4)], TIME_MS, stage);
    expect(stage.store.encoded('k')).not.toHaveProperty('expires');
  });

  test('has no expiry while something is parked behind it', async () => {
    const order: Order = { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'wait' };
    const stage = buildList({ order });
    await computeBatch([forget(1), message('t2', 2, { turn: 2 })], TIME_MS, stage);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, parked: 1 });
    expect(stage.store.encoded('k')).not.toHaveProperty('expires');
    await computeBatch([message('t1', 3, { turn: 1 })], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['t1', 't2']);
  });

  test('that was stopped runs again; its parked messages are gone, and repeats do not bring them back', async () => {
    const stage = buildList({ poison: 'stop' });
    const many = Array.from({ length: 2 * DROPPED_PER_COMMIT_MAX + 3 }, (_, n) => message(n, n + 2));
    await computeBatch([message('bad', 1)], TIME_MS, stage);
    for (let at = 0; at < many.length; at += 10) await computeBatch(many.slice(at, at + 10), TIME_MS, stage);
    expect(stage.store.waiting('k')).toHaveLength(many.length + 1);
    expect(await computeBatch([forget(100)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.waiting('k')).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, parked: 0, stopped: undefined });
    const repeats = [0, 1, 40].map((n) => message(n, 200 + n, { sentAt: 1_000_000 + DAY_MS }));
    expect(await computeBatch([...repeats, message('new', 300)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['new']);
  });

  test('loses the copies of its dead letters, and a redrive of one starts nothing', async () => {
    const stage = buildList();
    await computeBatch([message('bad', 1), message('a', 2)], TIME_MS, stage);
    const [dead] = stage.store.dead();
    expect(await computeBatch([forget(3)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.dead()).toEqual([]);
    const redriven = { ...message('x', 4), body: dead?.body ?? '', sentAt: 1_000_000 + DAY_MS };
    expect(await computeBatch([redriven], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, counts: { dead: 1 } });
    expect(stage.store.dead()).toEqual([]);
  });

  test('whose message was partly applied does not start again with the rest of it', async () => {
    const stage = buildList({ poison: 'stop' });
    const cut = message('bad', 1, { readings: ['a', 'bad', 'c'] });
    await computeBatch([cut], TIME_MS, stage);
    const receipt = receiptOf(decodeMessage(cut.body));
    await computeBatch([forget(2)], TIME_MS, stage);
    const word = deliver(controlMessage('k', 'resume', { receipt, index: 1 }, 'w'), { sequence: 3 });
    const repeat = { ...cut, messageId: 'other', sequenceNumber: '9', sentAt: 1_000_000 + DAY_MS };
    expect(await computeBatch([word, repeat], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, partly: [] });
  });

  test('in request order continues behind the parked requests: a request for an earlier turn is late', async () => {
    const order: Order = { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'wait' };
    const stage = buildList({ order });
    const turn = (n: number, sequence: number) => message(`t${n}`, sequence, { turn: n });
    await computeBatch([turn(1, 1), turn(4, 2), turn(5, 3)], TIME_MS, stage);
    await computeBatch([forget(4)], TIME_MS, stage);
    expect(stage.store.item('k')).toMatchObject({ parked: 0, next: { sequence: 6, chunk: 0 } });
    expect(await computeBatch([turn(3, 5), turn(6, 6)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['t6']);
    expect(stage.store.dead()).toMatchObject([{ reason: 'its turn in the sequence has passed' }]);
  });

  test('while another environment commits to it loses neither the commit nor the command', async () => {
    const stage = await begun();
    const other = buildList({}, { store: stage.store });
    await computeBatch([message('b', 2)], TIME_MS, other);
    expect(await computeBatch([forget(3)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, version: 3 });
    expect(await computeBatch([message('c', 4)], TIME_MS, other)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['c']);
  });

  test('that never existed becomes a tombstone too', async () => {
    const stage = buildList();
    expect(await computeBatch([forget(1)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, version: 1 });
  });
});

async function begun(): Promise<ComputeStage> {
  const stage = buildList();
  expect(await computeBatch([message('a', 1)], TIME_MS, stage)).toEqual([]);
  return stage;
}

function itemOf({ store }: ComputeStage) {
  const item = store.item('k');
  if (item === undefined) throw new Error('no item');
  return item;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wakeMessage } from '../../functions/commands.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import { collectReadings } from '../../functions/pack.ts';
import { packInTurn, routeOf } from '../../functions/reader/request-order.ts';
import { TIMER_TAG } from '../../functions/readings.ts';
import { buildCompute, deliver, stateOf } from '../builders.ts';
import statements from './recipes/statements.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 29);

/** The message of a request, as the reader packs it and the queue hands it over. */
function messageOf(statement: number, sequence: number, sentAt: number) {
  const request = { account: 'k', statement, cents: [statement] };
  const route = routeOf(request, statements.order);
  const collection = collectReadings(route.keyOf);
  for (const reading of request.cents) collection.add(reading);
  const [message] = packInTurn({ id: `s${statement}`, since: sentAt }, route, collection).flatMap((list) => [
    ...list,
  ]);
  return deliver(message ?? expect.fail('no message'), { sequence, sentAt });
}

describe('the statement account of docs/order.md', () => {
  test('is the pipeline that this test runs', () => {
    const code = readFileSync(join(import.meta.dirname, 'recipes/statements.ts'), 'utf8');
    const doc = readFileSync(join(import.meta.dirname, '../../docs/order.md'), 'utf8');
    expect(doc).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  test('begins at 57, waits two hours for 59, and sets it aside when it comes on the next day', async () => {
    const stage = buildCompute({ pipeline: statements });
    const take = (...messages: Parameters<typeof computeBatch>[0]) => computeBatch(messages, 30_000, stage);
    await take(messageOf(58, 1, START));
    expect(stateOf(stage.store)).toEqual({ entries: 0, cents: 0 });
    await take(messageOf(57, 2, START), messageOf(60, 3, START));
    expect(stateOf(stage.store)).toEqual({ entries: 2, cents: 115 });
    expect(stage.store.item('k')).toMatchObject({
      waiting: { sequence: 59, since: START, until: START + 2 * HOUR_MS },
    });
    const { id, from } = stage.store.item('k')?.gapTimer ?? expect.fail('there is no timer');
    await take(deliver(wakeMessage('k', { id, tag: TIMER_TAG, at: from }), { sequence: 4, sentAt: from }));
    expect(stateOf(stage.store)).toEqual({ entries: 3, cents: 175 });
    await take(messageOf(59, 5, START + 24 * HOUR_MS));
    expect(stateOf(stage.store)).toEqual({ entries: 3, cents: 175 });
    expect(stage.store.dead()).toMatchObject([{ reason: 'its turn in the sequence has passed' }]);
    expect(() => messageOf(56, 6, START)).toThrow(/below startsAt/);
  });
});

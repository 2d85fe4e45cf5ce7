import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { collectReadings } from '../../../functions/pack.ts';
import type { Order } from '../../../functions/pipeline.ts';
import { packInTurn, routeOf, tombstoneOf } from '../../../functions/reader/request-order.ts';

type RequestOrder = Extract<Order, { by: 'request' }>;
const orderOf = (parts: Partial<RequestOrder>): RequestOrder => ({
  by: 'request',
  sequence: (request) => request as number,
  requestKey: () => 'k',
  gap: 'skip',
  ...parts,
});
const route = (request: unknown, parts: Partial<RequestOrder>) => routeOf(request, orderOf(parts));

/** The messages of a request that gave two readings, and the tombstone that it would have. */
function sent(request: unknown, parts: Partial<RequestOrder>) {
  const identity = { id: 'r', since: 1 };
  const way = route(request, parts);
  const collection = collectReadings(way.keyOf);
  for (const reading of ['a', 'b']) collection.add(reading);
  const messages = packInTurn(identity, way, collection).flatMap((list) => [...list]);
  const tombstone = tombstoneOf(identity, way);
  return {
    messages: messages.map(({ body }) => decodeMessage(body)),
    tombstone: tombstone && decodeMessage(tombstone.body),
  };
}

describe('the place of a request', () => {
  test('goes with its messages and its tombstone, with the first place of its key and the one that it follows', () => {
    const turn = { sequence: 60, start: 57, follows: 58 };
    expect(sent(60, { startsAt: () => 57, follows: () => 58 })).toMatchObject({
      messages: [turn],
      tombstone: { kind: 'tombstone', ...turn },
    });
    expect(sent(60, {}).messages[0]).not.toHaveProperty('start');
    expect(sent(60, { follows: () => undefined }).messages[0]).not.toHaveProperty('follows');
  });

  test('is kept without a tombstone if gaps wait, so a redrive can still take it', () => {
    expect(sent(60, { gap: 'wait', skipAfterMs: 3_600_000 }).tombstone).toBeUndefined();
  });

  test.each<[unknown, Partial<RequestOrder>, string]>([
    [
      0,
      {},
      'the sequence of the request is a number that is no such place, it must be 1, 2, 3 ... for each key',
    ],
    ['5', {}, 'the sequence of the request is a value of type string, it must be 1, 2, 3 ... for each key'],
    [56, { startsAt: () => 57 }, 'the sequence of the request is below startsAt, the first place of its key'],
    [57, { startsAt: () => 0.5 }, 'startsAt gave a number that is no such place, it must be 1, 2, 3 ...'],
    [
      57,
      { follows: () => 57 },
      'follows gave a number that is no such place, it must be a place before that of the request',
    ],
    [57, { follows: () => -1 }, 'follows gave a number'],
    [57, { follows: () => 'x' as never }, 'follows gave a value of type string'],
  ])(
    'that is invalid is refused with the reason, without quoting the request: %o %o',
    (request, parts, message) => {
      expect(() => route(request, parts)).toThrow(message);
    },
  );
});

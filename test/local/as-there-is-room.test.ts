import { expect, test } from 'vitest';
import type { OutgoingMessage } from '../../functions/ports.ts';
import { asThereIsRoom, WAITING_BYTES_MAX, WAITING_MAX } from '../../local/as-there-is-room.ts';

function* endless(): Generator<OutgoingMessage> {
  for (let n = 0; ; n += 1) yield { body: String(n) };
}

test('requests are read from their file as the queues have room, and none after the run', async () => {
  const over = new AbortController();
  let waiting = 0;
  let taken = 0;
  const taking = (async () => {
    for await (const _message of asThereIsRoom(endless(), () => waiting, over.signal)) {
      taken += 1;
      waiting += 1;
    }
  })();
  const settled = () => new Promise((resolve) => setTimeout(resolve, 60));
  while (taken < WAITING_MAX) await settled();
  await settled();
  expect(taken).toBe(WAITING_MAX);
  waiting -= 5;
  while (taken < WAITING_MAX + 5) await settled();
  await settled();
  expect(taken).toBe(WAITING_MAX + 5);
  over.abort();
  await taking;
  expect(taken).toBe(WAITING_MAX + 5);
});

test('of long requests fewer wait: what waits has a bound in bytes, too', async () => {
  const LENGTH = 10_000;
  function* long(): Generator<OutgoingMessage> {
    for (;;) yield { body: 'x'.repeat(LENGTH) };
  }
  const most = WAITING_BYTES_MAX / LENGTH;
  const over = new AbortController();
  let taken = 0;
  for await (const _message of asThereIsRoom(long(), () => taken, over.signal)) {
    taken += 1;
    if (taken === most) setTimeout(() => over.abort(), 60);
    if (taken > most) break;
  }
  expect(taken).toBe(most);
});

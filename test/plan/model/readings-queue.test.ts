import { expect, test } from 'vitest';
import { createReadingsQueue } from '../../../plan/model/readings-queue.ts';
import fc from '../../properties.ts';

test('a key whose batch is in work gives no more, while others go on', () => {
  const queue = createReadingsQueue<{ key: number; id: string }>();
  for (const [key, id] of [
    [1, 'a'],
    [1, 'b'],
    [2, 'c'],
  ] as const)
    queue.add({ key, id });
  const first = queue.take(1);
  expect(first.map(({ id }) => id)).toEqual(['a']);
  expect(queue.take(10).map(({ id }) => id)).toEqual(['c']);
  expect(queue.take(10)).toEqual([]);
  queue.release(first);
  expect(queue.take(10).map(({ id }) => id)).toEqual(['b']);
});

test('a batch holds all of the longest waiting key before it turns to the next', () => {
  const queue = createReadingsQueue<{ key: number; id: number }>();
  for (const [id, key] of [1, 2, 1, 2, 1].entries()) queue.add({ key, id });
  expect(queue.take(4).map(({ id }) => id)).toEqual([0, 2, 4, 1]);
});

test('whatever comes and goes, each key keeps its order and nothing is lost or doubled', () => {
  const steps = fc.array(fc.oneof(fc.nat(3), fc.constant('take' as const)), { maxLength: 400 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 10 }), (all, max) => {
      const queue = createReadingsQueue<{ key: number; id: number }>();
      const out: { key: number; id: number }[] = [];
      const open: { key: number; id: number }[][] = [];
      let added = 0;
      const take = () => {
        const batch = queue.take(max);
        out.push(...batch);
        if (batch.length > 0) open.push(batch);
        if (open.length > 2) queue.release(open.shift() ?? []);
      };
      for (const step of all) {
        if (step === 'take') take();
        else queue.add({ key: step, id: added++ });
      }
      while (queue.size > 0 || open.length > 0) {
        take();
        queue.release(open.shift() ?? []);
      }
      expect(out.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: added }, (_, id) => id),
      );
      for (const key of [0, 1, 2, 3]) {
        const ids = out.filter((message) => message.key === key).map(({ id }) => id);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
    }),
  );
});

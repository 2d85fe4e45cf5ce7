import { expect, test } from 'vitest';
import { createEvents } from '../../../plan/model/events.ts';
import { createProcessor } from '../../../plan/model/processor.ts';

/** Three threads with one task of 10 ms each, and when they end. */
function endsOf(cores: number, sameThread = false): number[] {
  const events = createEvents();
  const processor = createProcessor(events, cores);
  const one = processor.thread();
  const ends: number[] = [];
  for (let task = 0; task < 3; task += 1) {
    processor.run(sameThread ? one : processor.thread(), 10, () => ends.push(events.now));
  }
  while (events.step(1_000));
  return ends;
}

test('threads with a core each do not wait for one another', () => {
  expect(endsOf(Number.POSITIVE_INFINITY)).toEqual([10, 10, 10]);
});

test('threads that share cores wait in the order of asking', () => {
  expect(endsOf(2)).toEqual([10, 10, 20]);
  expect(endsOf(1)).toEqual([10, 20, 30]);
});

test('a thread does one thing after the other, however many cores there are', () => {
  expect(endsOf(Number.POSITIVE_INFINITY, true)).toEqual([10, 20, 30]);
});

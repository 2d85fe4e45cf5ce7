import { expect, test } from 'vitest';
import { createHeap } from '../../model/heap.ts';
import fc from '../properties.ts';

test('items leave in order, whatever was pushed and removed in between', () => {
  const action = fc.record({ push: fc.boolean(), number: fc.nat(50) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const heap = createHeap<{ number: number; id: number; position: number }>(
        (a, b) => a.number < b.number || (a.number === b.number && a.id < b.id),
      );
      const inside = new Set<{ number: number; id: number; position: number }>();
      for (const [id, { push, number }] of actions.entries()) {
        const victim = [...inside][number % Math.max(1, inside.size)];
        if (push || victim === undefined) {
          const item = { number, id, position: -1 };
          heap.push(item);
          inside.add(item);
        } else {
          heap.remove(victim);
          heap.remove(victim);
          inside.delete(victim);
          expect(victim.position).toBe(-1);
        }
        expect(heap.size).toBe(inside.size);
      }
      const left = Array.from({ length: heap.size }, () => heap.pop());
      expect(left).toEqual([...inside].sort((a, b) => a.number - b.number || a.id - b.id));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

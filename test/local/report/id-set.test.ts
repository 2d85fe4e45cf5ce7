import { expect, test } from 'vitest';
import { createIdSet } from '../../../local/report/id-set.ts';
import fc from '../../properties.ts';

test('a set of hashed ids answers like a set of their names', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 400 }), (ids) => {
      const [compact, whole] = [createIdSet(), new Set<string>()];
      for (const id of ids) {
        expect(compact.has(id)).toBe(whole.has(id));
        expect(compact.add(id)).toBe(!whole.has(id));
        whole.add(id);
      }
      expect(compact.size).toBe(whole.size);
    }),
  );
});

test('two hundred thousand ids that differ in one place are told apart', () => {
  const ids = createIdSet();
  for (let n = 0; n < 200_000; n += 1) ids.add(`request-${n}`);
  expect(ids.size).toBe(200_000);
  expect([ids.has('request-199999'), ids.has('request-200000')]).toEqual([true, false]);
});

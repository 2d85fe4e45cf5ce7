import { expect, test } from 'vitest';
import { NEW_SOURCE } from '../../../../functions/reader/gate/shared-source.ts';
import { countIn, lately, TALLY_MS } from '../../../../functions/reader/gate/tally.ts';

const NOW = 1_790_000_000_000;

test('refusals of a source are counted for the last five to ten minutes, with the start of that time', () => {
  const first = countIn(NEW_SOURCE.tally, 2, NOW);
  expect(lately(first, NOW + 1_000)).toEqual({ refused: 2, since: NOW });
  const second = countIn(first, 5, NOW + TALLY_MS + 1_000);
  expect(lately(second, NOW + TALLY_MS + 2_000)).toEqual({ refused: 7, since: NOW });
  expect(lately(second, NOW + 2 * TALLY_MS + 2_000)).toEqual({ refused: 5, since: NOW + TALLY_MS });
  const later = NOW + 9 * TALLY_MS;
  expect(lately(second, later)).toEqual({ refused: 0, since: later });
});

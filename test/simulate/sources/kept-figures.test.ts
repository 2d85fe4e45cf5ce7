import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptFigures } from '../../../simulate/sources/kept-figures.ts';
import { temporaryFolder } from '../../operate/queues.ts';

test('the figures of sources continue where a run was ended, even in the middle of a line', async () => {
  const file = join(temporaryFolder(), 'kept.ndjson');
  const known = {
    seed: 7,
    kind: 'counts',
    done: 90,
    best: 100,
    asked: 92,
    refused: 2,
    overloadEnded: true,
    quickestMs: 1_450,
    closed: { read: 3, deadTooSoon: 0, problems: [] },
    hedged: undefined,
    faults: { straggler: 1 },
  };
  writeFileSync(file, `${JSON.stringify(known)}\n{"seed":8,"kin`);
  expect(await keptFigures(file, 7, 1)).toEqual([known]);
  const both = await keptFigures(file, 7, 2);
  expect(both).toMatchObject([known, { seed: 8 }]);
  expect(await keptFigures(file, 7, 2)).toEqual(both);
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
});

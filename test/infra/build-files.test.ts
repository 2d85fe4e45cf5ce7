import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import build from '../../tsconfig.build.json' with { type: 'json' };
import { ROOT } from '../import-graph.ts';

test('the package contains the files of every deployed function, although nothing imports them', () => {
  const handlers = globSync('functions/*/handler.ts', { cwd: ROOT });
  expect(handlers.length).toBeGreaterThan(3);
  expect(build.files).toEqual(expect.arrayContaining(handlers));
});

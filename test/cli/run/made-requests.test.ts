/** The report of a run whose requests do not all come from its file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../operate/queues.ts';
import { madeApp } from '../made-app.ts';
import { weir } from '../weir.ts';

const TIMEOUT_MS = 1_200_000;
const TWO_LANES = resolve(import.meta.dirname, '../../fixtures/two-lanes.ts');

test(
  'a run whose reads submit requests accounts for these too, in the lane of their request',
  async () => {
    const cwd = temporaryFolder();
    const file = (name: string, ...ids: string[]) => {
      const lines = ids.map((id) => JSON.stringify({ id, body: { way: 'submit' } }));
      writeFileSync(join(cwd, name), lines.join('\n'));
      return name;
    };
    const live = ['--requests-file', file('live.ndjson', 'n1')];
    const backfill = ['--backfill', file('old.ndjson', 'o1', 'o2')];
    const { status, stdout } = await weir(
      ['run', await madeApp('two-lanes', TWO_LANES), ...live, ...backfill, '--json', 'out.json'],
      { cwd },
    );
    expect(stdout).toContain('6 requests (live 2, backfill 4; 3 made in the run), 6 readings: 6 applied');
    expect(stdout).toContain('Every request and every reading is accounted for.');
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'))).toMatchObject({
      complete: true,
      unaccounted: { requests: 0, readings: 0 },
      requests: 6,
      backfill: 4,
      made: 3,
    });
  },
  TIMEOUT_MS,
);

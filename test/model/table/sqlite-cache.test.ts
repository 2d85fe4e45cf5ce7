/** The memory of SQLite is none of JavaScript's, so a process of its own writes the rows, and its whole memory counts. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROWS = join(import.meta.dirname, '../../../model/table/sqlite-rows.ts');
const MB = 2 ** 20;

/** Bytes that the process has more after it has written and read so many megabytes of rows. */
function grownBytes(mb: number): number {
  const script = `
    const { openSqliteRows } = await import(${JSON.stringify(ROWS)});
    const rows = openSqliteRows();
    const item = { text: { S: 'x'.repeat(10_000) } };
    const write = (from, to) => {
      for (let number = from; number < to; number += 1) rows.set({ pk: 'key-' + number, sk: 'state' }, item);
      for (let number = from; number < to; number += 1) rows.get({ pk: 'key-' + number, sk: 'state' });
    };
    write(0, 2_000);
    const before = process.memoryUsage().rss;
    write(2_000, 2_000 + ${mb} * 100);
    console.log(process.memoryUsage().rss - before);`;
  const args = ['--no-warnings', '--max-semi-space-size=1', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test('the table of a run keeps its items in a file: 100 MB of them take less than 40 MB of memory', () => {
  expect(grownBytes(100)).toBeLessThan(40 * MB);
});

/**
 * A sample: a database table, read by a cursor. Each request reads the rows after an id, in the order of the
 * index, and submits the next request. It does not use OFFSET, which would read all earlier rows again, and
 * miss or repeat some while others write.
 */
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const ROWS_AT_ONCE = 500;
const Id = v.pipe(v.number(), v.safeInteger());
const Row = v.object({ id: Id, account: v.string(), amount: v.pipe(v.number(), v.safeInteger()) });

export default definePipeline({
  name: 'rows',
  request: v.strictObject({ after: Id }),
  limits: { submitHopsMax: 100_000, submitsPerRequestMax: 100_000 },
  read({ after }, { submit }) {
    const database = new DatabaseSync(process.env['ROWS_DATABASE'] ?? '', { readOnly: true });
    try {
      const found = database
        .prepare('SELECT id, account, amount FROM entries WHERE id > ? ORDER BY id LIMIT ?')
        .all(after, ROWS_AT_ONCE);
      const rows = v.parse(v.array(Row), found);
      const last = rows.at(-1);
      if (last !== undefined && rows.length === ROWS_AT_ONCE) {
        submit({ after: last.id }, { id: `after-${last.id}` });
      }
      return rows;
    } finally {
      database.close();
    }
  },
  key: ({ account }) => account,
  initial: () => ({ rows: 0, amount: 0 }),
  compute: (state, { amount }) => ({ rows: state.rows + 1, amount: state.amount + amount }),
});

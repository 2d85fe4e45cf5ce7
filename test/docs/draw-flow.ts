/** docs/images/flow.svg: the path of a request through a pipeline. */
import { arrow, box, drawing } from './drawing.ts';

const [WIDTH, HEIGHT] = [206, 78];
const COLUMNS = [20, 284, 548] as const;
const ROWS = [28, 178, 328] as const;

export function drawFlow(): string {
  const at = (column: 0 | 1 | 2, row: 0 | 1 | 2) => ({
    x: COLUMNS[column],
    y: ROWS[row],
    width: WIDTH,
    height: HEIGHT,
  });
  const middle = (row: 0 | 1 | 2) => ROWS[row] + HEIGHT / 2;
  const [left, center, right] = COLUMNS;
  return drawing(
    774,
    430,
    'The way of a request: requests queue, reader, readings queue, compute, state table, writer',
    [
      box({
        ...at(0, 0),
        title: 'requests queue',
        lines: ['SQS standard', 'one message = one request'],
        colour: 'muted',
      }),
      box({
        ...at(1, 0),
        title: 'reader',
        lines: ['Lambda: many reads at once,', 'each with a deadline'],
        colour: 'read',
      }),
      box({
        ...at(2, 0),
        title: 'readings queue',
        lines: ['SQS FIFO', 'message group = key'],
        colour: 'muted',
      }),
      box({
        ...at(2, 1),
        title: 'compute',
        lines: ['Lambda: one batch at a time', 'for each key, in order'],
        colour: 'compute',
      }),
      box({
        ...at(1, 1),
        title: 'state table',
        lines: ['DynamoDB: state, version,', 'receipts, outputs of a key'],
        colour: 'text',
      }),
      box({
        ...at(0, 1),
        title: 'writer',
        lines: ['Lambda: write(), in the', 'order of the key'],
        colour: 'write',
      }),
      box({
        ...at(0, 2),
        title: 'your destination',
        lines: ['outputs, at least once,', 'under ids that never change'],
        colour: 'write',
      }),
      box({
        ...at(1, 2),
        title: 'dead-letter queues',
        lines: ['what could not be used,', 'with its reason'],
        colour: 'failed',
      }),
      arrow({
        path: [
          [left + WIDTH, middle(0)],
          [center - 3, middle(0)],
        ],
      }),
      arrow({
        path: [
          [center + WIDTH, middle(0)],
          [right - 3, middle(0)],
        ],
        text: 'readings',
        textAt: [right - 31, middle(0) - 8],
      }),
      arrow({
        path: [
          [right + WIDTH / 2, ROWS[0] + HEIGHT],
          [right + WIDTH / 2, ROWS[1] - 3],
        ],
      }),
      arrow({
        path: [
          [right, middle(1)],
          [center + WIDTH + 3, middle(1)],
        ],
        colour: 'text',
        text: 'commit',
        textAt: [right - 31, middle(1) - 8],
      }),
      arrow({
        path: [
          [center, middle(1)],
          [left + WIDTH + 3, middle(1)],
        ],
        text: 'stream',
        textAt: [center - 31, middle(1) - 8],
      }),
      arrow({
        path: [
          [left + WIDTH / 2, ROWS[1] + HEIGHT],
          [left + WIDTH / 2, ROWS[2] - 3],
        ],
      }),
      arrow({
        path: [
          [left + WIDTH - 30, ROWS[1] + HEIGHT],
          [left + WIDTH - 30, 292],
          [center + 50, 292],
          [center + 50, ROWS[2] - 3],
        ],
        colour: 'failed',
        dashed: true,
      }),
    ],
  );
}

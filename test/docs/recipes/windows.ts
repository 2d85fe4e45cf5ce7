import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const WINDOW_MS = 5 * 60_000;
const LATE_MS = 60_000;
const startOf = (at: number) => at - (at % WINDOW_MS);

interface Windows {
  /** By the start of each window that is open: how many clicks. */
  readonly open: Readonly<Record<string, number>>;
  readonly late: number;
}

export default definePipeline({
  name: 'windows',
  request: v.object({ page: v.string(), at: v.number() }),
  read: (request) => [request],
  key: ({ page }) => page,
  initial: (): Windows => ({ open: {}, late: 0 }),
  compute: ({ open, late }, { at }, { sentAt, skip, wake }) => {
    const start = startOf(at);
    const closes = start + WINDOW_MS + LATE_MS;
    if (sentAt > closes) {
      skip('its window is closed');
      return { open, late: late + 1 };
    }
    wake(closes, String(start)); // one wake for each window
    return { open: { ...open, [start]: (open[start] ?? 0) + 1 }, late };
  },
  wake: ({ open, late }, start, { key, emit }) => {
    const { [start]: clicks = 0, ...others } = open;
    emit({ page: key, from: Number(start), clicks });
    return { open: others, late };
  },
  write: async (windows) => console.log(windows),
});

import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const WEEK_MS = 7 * 24 * 3_600_000;
const EMPTY = { items: [] as string[] };

export default definePipeline({
  name: 'expiry',
  request: v.object({ basket: v.string(), item: v.string() }),
  read: (request) => [request],
  key: ({ basket }) => basket,
  initial: () => EMPTY,
  compute: ({ items }, { item }, { sentAt, wake }) => {
    wake(sentAt + WEEK_MS, 'expiry');
    return { items: [...items, item] };
  },
  wake: ({ items }, _tag, { key, emit }) => {
    emit({ expired: key, items });
    return EMPTY;
  },
  write: async (expired) => console.log(expired),
});

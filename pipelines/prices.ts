/**
 * A sample: prices from shops that allow 20 requests per second each. It keeps the lowest price of an
 * article.
 */
import * as v from 'valibot';
import { BusyError, definePipeline } from 'weir-pipelines';

const Answer = v.object({ article: v.string(), cents: v.pipe(v.number(), v.safeInteger()) });

export default definePipeline({
  name: 'prices',
  request: v.strictObject({ url: v.pipe(v.string(), v.url()) }),
  source: { of: ({ url }) => new URL(url).host, rate: 20 },
  async read({ url }, { signal }) {
    const answer = await fetch(url, { signal });
    if (answer.status === 429 || answer.status === 503) {
      await answer.body?.cancel();
      throw new BusyError({ retryAfterMs: 1000 * Number(answer.headers.get('retry-after') ?? 0) });
    }
    if (!answer.ok) throw new Error(`${answer.status} from ${new URL(url).host}`);
    return [v.parse(Answer, await answer.json())];
  },
  key: ({ article }) => article,
  initial: () => ({ cents: Number.MAX_SAFE_INTEGER, seen: 0 }),
  compute: (state, { cents }) => ({ cents: Math.min(state.cents, cents), seen: state.seen + 1 }),
});

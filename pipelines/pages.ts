/**
 * A sample: an HTTP API that returns its articles page by page. Each page is a request that submits the next
 * one after its read, so a page that fails is read again without the pages before it.
 */
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const Article = v.object({ shop: v.string(), cents: v.pipe(v.number(), v.safeInteger()) });
const Page = v.object({ articles: v.array(Article), next: v.nullable(v.pipe(v.number(), v.safeInteger())) });

export default definePipeline({
  name: 'pages',
  request: v.strictObject({
    url: v.pipe(v.string(), v.url()),
    page: v.optional(v.pipe(v.number(), v.safeInteger()), 1),
  }),
  source: { of: ({ url }) => new URL(url).host, rate: 20 },
  // A chain has as many pages as the source has.
  limits: { submitHopsMax: 10_000 },
  async read({ url, page }, { signal, submit }) {
    const address = new URL(url);
    address.searchParams.set('page', String(page));
    const answer = await fetch(address, { signal });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw Object.assign(new Error(`${answer.status} for page ${page}`), { status: answer.status });
    }
    const { articles, next } = v.parse(Page, await answer.json());
    if (next !== null) submit({ url, page: next }, { id: `page-${next}` });
    return articles;
  },
  key: ({ shop }) => shop,
  initial: () => ({ articles: 0, cents: 0 }),
  compute: (state, { cents }) => ({ articles: state.articles + 1, cents: state.cents + cents }),
});

/** A source that refuses reads, read by the real bundles of a whole stack. */
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { describeStack } from '../../local/announce.ts';
import { summarize } from '../../local/report/run-record.ts';
import { startRun } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';
import { lookAt } from '../../operate/status.ts';

const REQUESTS = 25;
const ARTICLES = 5;
const REFUSALS = 3;

/** Refuses the first requests with a time, and serves each of the others. */
async function startShop() {
  const served: string[] = [];
  let asked = 0;
  const server = createServer(({ url = '' }, response) => {
    asked += 1;
    if (asked <= REFUSALS) {
      response.writeHead(429, { 'retry-after': '1' }).end();
      return;
    }
    served.push(url);
    const n = Number(url.slice(1));
    response.end(JSON.stringify({ article: `a${n % ARTICLES}`, cents: 100 + n }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const urls = Array.from({ length: REQUESTS }, (_, n) => `http://127.0.0.1:${address.port}/${n}`);
  return { urls, served, asked: () => asked };
}

test('a source that refuses is read again when it said, each request once, and none is dead-lettered or failed', {
  timeout: 1_200_000,
}, async () => {
  const shop = await startShop();
  const run = await startRun({ pipeline: { file: 'pipelines/prices.ts' } });
  onTestFinished(() => run.stop());
  await run.submit(shop.urls.map((url) => ({ body: JSON.stringify({ url }) })));
  await run.stack.atRest();
  const summary = summarize(await run.record());
  expect(summary).toMatchObject({
    complete: true,
    requests: REQUESTS,
    applied: REQUESTS,
    deadLettered: 0,
    failures: [],
    keys: { a0: { cents: 100, seen: REQUESTS / ARTICLES } },
  });
  expect(new Set(shop.served).size).toBe(REQUESTS);
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  const { sources } = await lookAt(deployment);
  expect(sources).toMatchObject({ count: 1, complete: true });
  // What an environment told nobody because the table was slow is not in it: so many at the most.
  expect(sources.shown).toMatchObject([{ name: new URL(shop.urls[0] ?? '').host, rate: 20 }]);
  expect(sources.shown[0]?.refused).toBeLessThanOrEqual(REFUSALS);
  const seen = run.observations.filter((observation) => observation.kind === 'source');
  expect(seen.reduce((sum, { refused }) => sum + refused, 0)).toBe(REFUSALS);
});

/**
 * The local run end to end: the real template, bundles, threads, wire protocol and engine, on the sample log.
 */
import { expect, onTestFinished, test } from 'vitest';
import { pipelines } from '../../infra/config.ts';
import { createChaos } from '../../local/chaos.ts';
import { startOrigin } from '../../local/origin/slow-server.ts';
import { summarize } from '../../local/report/run-record.ts';
import { type RunOptions, startRun } from '../../local/run.ts';
import { makeSampleLog, SAMPLE_LOG } from '../../pipelines/sample-log.ts';

const TIMEOUT_MS = 1_200_000;

async function runSample(parts: number, more: readonly string[] = [], options: Partial<RunOptions> = {}) {
  const { clicks } = pipelines;
  if (clicks === undefined) throw new Error('infra/config.ts has no pipeline clicks');
  const origin = await startOrigin({ file: SAMPLE_LOG, parts, seed: 1, medianMs: 20 });
  onTestFinished(() => origin.close());
  const run = await startRun({ pipeline: clicks, env: { WEIR_ALLOW_HOSTS: origin.allowHost }, ...options });
  onTestFinished(() => run.stop());
  const bodies = [
    ...origin.requests.map((request) => JSON.stringify(request)),
    ...more.map((each) => each.replace('ORIGIN', origin.allowHost)),
  ];
  await run.submit(bodies.map((body) => ({ body })));
  await run.stack.atRest();
  return summarize(await run.record());
}

/** What the generator of the sample log says is in it. */
function expectedClicks(): Record<string, number> {
  return Object.fromEntries(Object.entries(makeSampleLog().keys).map(([key, { clicks }]) => [key, clicks]));
}

function clicksOf(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, state]) => [
      key,
      typeof state === 'object' && state !== null && 'clicks' in state ? state.clicks : state,
    ]),
  );
}

test('every line of the log is counted once, the cut-short one is skipped, and outputs are delivered', {
  timeout: TIMEOUT_MS,
}, async () => {
  const summary = await runSample(20);
  expect(clicksOf(summary.keys)).toEqual(expectedClicks());
  expect(summary).toMatchObject({
    complete: true,
    requests: 20,
    readings: 2200,
    applied: 2199,
    skipped: 1,
    outputs: 1,
    deadLettered: 0,
  });
  expect(summary.calls['DynamoDB.PutItem']).toBeGreaterThan(0);
});

test('the counts are the same when functions are killed, calls cut and messages repeated', {
  timeout: TIMEOUT_MS,
}, async () => {
  const chaos = createChaos(7);
  const summary = await runSample(40, [], { chaos });
  expect(clicksOf(summary.keys)).toEqual(expectedClicks());
  expect(summary).toMatchObject({ applied: 2199, skipped: 1 });
  expect(Object.values(chaos.counts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
});

test('a request that can never work ends in the dead-letter queue with its reason, and the rest continues', {
  timeout: TIMEOUT_MS,
}, async () => {
  const summary = await runSample(10, [
    'not JSON',
    '{"address":"https://example.org"}',
    '{"url":"http://169.254.169.254/latest/meta-data"}',
    '{"url":"ORIGIN/bad/404"}',
    '{"url":"ORIGIN/bad/redirects"}',
    '{"url":"ORIGIN/bad/garbage"}',
  ]);
  expect(clicksOf(summary.keys)).toEqual(expectedClicks());
  expect(summary).toMatchObject({ complete: true, requests: 16, deadLettered: 6 });
  expect(summary.deadLetters.map(({ stage }) => stage)).toEqual(
    Array(summary.deadLetters.length).fill('read'),
  );
  const reasons = summary.deadLetters.map(({ reason }) => reason).join('\n');
  for (const part of ['not JSON', 'url', '169.254.169.254', '404', 'redirect'])
    expect(reasons).toContain(part);
});

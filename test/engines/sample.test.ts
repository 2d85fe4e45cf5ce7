/** The sample on external engines: the same states as on the embedded ones, and nothing left behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { weir } from '../cli/weir.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { type Engine, startElasticMq, startMoto } from './engines.ts';

const TIMEOUT_MS = 1_800_000;

const Summary = v.object({
  complete: v.boolean(),
  applied: v.number(),
  skipped: v.number(),
  keys: v.record(v.string(), v.unknown()),
});

/** Requests arrive in another order on every run: what is compared does not depend on it. */
async function sampleOn(env: Readonly<Record<string, string>>): Promise<v.InferOutput<typeof Summary>> {
  const cwd = temporaryFolder();
  // What it prints of calls that were too slow and made again is no failure.
  const { status, stderr } = await weir(['run', '--requests', '10', '--json', 'out.json'], { cwd, env });
  expect(status, stderr).toBe(0);
  return v.parse(Summary, JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8')));
}

test.for<[string, () => Promise<Engine | string>, (url: string) => Record<string, string>]>([
  ['ElasticMQ', startElasticMq, (url) => ({ AWS_ENDPOINT_URL_SQS: url })],
  ['moto', startMoto, (url) => ({ AWS_ENDPOINT_URL: url })],
])(
  'the sample has the same states on %s as on the embedded engines, twice',
  { timeout: TIMEOUT_MS },
  async ([_name, start, envOf], { skip }) => {
    const engine = await start();
    if (typeof engine === 'string') return skip(engine);
    onTestFinished(() => engine.stop());
    const embedded = await sampleOn({});
    const env = envOf(engine.url);
    expect(await sampleOn(env)).toEqual(embedded);
    // The second finds nothing of the first: queues and tables were removed.
    expect(await sampleOn(env)).toEqual(embedded);
  },
);

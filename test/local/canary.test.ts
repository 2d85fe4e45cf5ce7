/**
 * No data that was sent, read, computed or emitted may appear in a log, a metric or the reason of a dead
 * letter, only ids, numbers and reasons. Canaries are placed wherever data is, and all of these outputs are
 * searched for them.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { PipelineConfig } from '../../infra/config.ts';
import { synthesize } from '../../infra/synthesize.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { startStack } from '../../local/stack.ts';
import type { StackOptions } from '../../local/stack-options.ts';
import { planStack, readTemplate } from '../../local/template/template.ts';

const CANARY = 'CaNaRy-5f2b';
const CANARY_NUMBER = '90071992547409931234';

interface Watched {
  readonly stack: LocalStack;
  /** Everything that the functions printed, metrics included, and all observations. */
  readonly seen: string[];
}

async function start(config: PipelineConfig, env: StackOptions['env'] = {}): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-canary-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [made] = await synthesize({
    pipelines: [config],
    settings: { logs: { tracedPercent: 100 } },
    outdir: join(folder, 'cdk.out'),
    bundleDir: join(folder, 'functions'),
    validate: false,
  });
  if (made === undefined) throw new Error('no stack');
  const seen: string[] = [];
  const stack = await startStack(planStack(readTemplate(made.assembly, made.name)), {
    env: { ...env },
    onLog: ({ line }) => seen.push(line),
    onObservation: ({ observation }) => seen.push(JSON.stringify(observation)),
  });
  onTestFinished(() => stack.stop());
  return { stack, seen };
}

const deadLetters = (stack: LocalStack) =>
  ['RequestsDeadLetterQueue', 'ReadingsDeadLetterQueue'].flatMap((queue) => stack.queue(queue).list());
const reasons = (stack: LocalStack) =>
  deadLetters(stack).map(({ attributes }) => attributes[REQUEST_ATTRIBUTES.reason] ?? '');

function expectNoCanary({ stack, seen }: Watched): void {
  const watched = [...seen, ...deadLetters(stack).map(({ attributes }) => JSON.stringify(attributes))];
  for (const canary of [CANARY, encodeURIComponent(CANARY), CANARY_NUMBER]) {
    expect(watched.filter((line) => line.includes(canary))).toEqual([]);
  }
  expect(watched.some((line) => line.startsWith('{"_aws":'))).toBe(true);
  expect(watched.some((line) => line.startsWith('{"level":"error",'))).toBe(true);
  expect(watched.some((line) => line.startsWith('{"level":"info",'))).toBe(true);
}

test.each([
  ['valibot', 'every-path', 'number', 'picklist'],
  ['zod', 'every-path-zod', 'invalid_type', 'invalid_value'],
  ['arktype', 'every-path-arktype', 'domain', 'predicate'],
])(
  'data that user code receives or throws stays out of logs, metrics and reasons, checked by %s',
  {
    timeout: 1_200_000,
  },
  async (_library, file, kindRule, choiceRule) => {
    const run = await start({ file: `test/fixtures/${file}.ts`, resultsQueue: true });
    const { stack, seen } = run;
    const request = (key: string, way: string) => ({ key, sequence: 1, way, cargo: CANARY });
    const bodies = [
      ...['plain', 'retry', 'refuse', 'poison'].map((way) => JSON.stringify(request(way, way))),
      `${CANARY} is no JSON`,
      `{"key": "x", ${CANARY}}`,
      `{"key":"x","sequence":${CANARY_NUMBER},"way":"plain"}`,
      JSON.stringify({ ...request('x', 'plain'), sequence: CANARY }),
      JSON.stringify({ ...request('x', CANARY) }),
    ];
    await stack.submit(
      'RequestsQueue',
      bodies.map((body, index) => ({ body, attributes: { id: `r-${index}` } })),
    );
    await stack.atRest();
    expectNoCanary(run);
    // It was there all the time: in the outputs, in the state, in what the dead-letter queues keep.
    expect(stack.queue('ResultsQueue').list()[0]?.body).toContain(CANARY);
    expect(JSON.stringify(await stack.items())).toContain(CANARY);
    expect(deadLetters(stack).filter(({ body }) => body.includes(CANARY))).toHaveLength(6);
    // And the reasons still say what is wrong.
    expect(reasons(stack).sort()).toEqual([
      "SyntaxError: Unexpected token 'C'",
      'nothing at https://example.org/things?…',
      'request at .sequence: a number of 20 characters cannot be held exactly; send it as a string',
      `request does not fit the schema of every-path: .sequence is a string (rule: ${kindRule})`,
      `request does not fit the schema of every-path: .way is a string (rule: ${choiceRule})`,
      'request is not JSON: Expected double-quoted property name in JSON at position 13 (line 1 column 14)',
      "request is not JSON: Unexpected token 'C'",
    ]);
    // The way of a request, from its id to the id of its output (docs/decisions/0009).
    const told = (kind: string) =>
      seen.filter((line) => line.startsWith('{"level":"info",') && line.includes(`"kind":"${kind}"`));
    expect(told('read').join()).toContain('"request":"r-0"');
    expect(told('commit').join()).toMatch(/"key":"plain","version":1,"requests":\["r-0"\],"outputs":1/);
    expect(told('write').join()).toMatch(/"key":"plain","version":1,"outcome":"done"/);
  },
);

test('the sample keeps queries, passwords and lines of logs to itself', {
  timeout: 1_200_000,
}, async () => {
  const line = `192.0.2.1 - ${CANARY} [10/Oct/2000:13:55:36 -0700] "GET /blog?${CANARY} HTTP/1.1" 200 23 "https://e.org/?${CANARY}" "${CANARY}"`;
  const server = createServer((_, response) => response.end(`${line}\n${CANARY} is no line of a log\n`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const run = await start({ file: 'pipelines/clicks.ts', resultsQueue: true }, { WEIR_ALLOW_HOSTS: origin });
  const urls = [
    `${origin}/access.log?token=${CANARY}`,
    `https://reader:${CANARY}@example.org/access.log`,
    `https://example.org/access.log?token=${CANARY}#${CANARY}`,
    `ftp://example.org/?${CANARY}`,
    `${CANARY} is no URL`,
  ];
  await run.stack.submit(
    'RequestsQueue',
    urls.map((url) => ({ body: JSON.stringify({ url }) })),
  );
  await run.stack.atRest();
  expectNoCanary(run);
  expect(reasons(run.stack)).toHaveLength(4);
  const states = (await run.stack.items()).map((item) => item['state']?.S);
  expect(states).toContain('{"clicks":1,"bytes":23,"browsers":{"other":1}}');
});

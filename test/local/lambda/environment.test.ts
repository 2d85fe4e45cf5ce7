import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFunction } from '../../../local/lambda/deployed-function.ts';
import type { InvocationReport } from '../../../local/lambda/environment.ts';
import { temporaryDirectory } from '../tiny-stack.ts';

/** Does what the event says. `count` tells environments apart: a new one begins at 1. */
const CODE = `
let count = 0;
let inside = 0;
export async function handler(event, context) {
  count += 1;
  inside += 1;
  console.log(JSON.stringify(event));
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.loop) for (;;);
  if (event.throw) throw new TypeError(event.throw);
  if (event.uncaught) { setImmediate(() => { throw new Error('nobody caught me'); }); await new Promise(() => {}); }
  if (event.hoard) { const hoard = []; for (;;) hoard.push(new Array(1000).fill(Math.random())); }
  if (event.recurse) (function again() { return again() + 1; })();
  if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
  const answer = { count, inside, env: process.env, left: context.getRemainingTimeInMillis(), id: context.awsRequestId };
  inside -= 1;
  return event.returns === undefined ? answer : undefined;
}`;

function start(code = CODE, env: Record<string, string> = {}, timeoutSeconds = 60) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.mjs'), code);
  const reports: InvocationReport[] = [];
  const plan = {
    id: 'F',
    name: 'F',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:F',
    directory,
    handler: 'index.handler',
    timeoutSeconds,
    memoryMb: 128,
    environment: {},
    provisioned: 0,
    policy: [],
  };
  const begun: string[] = [];
  const created = createFunction(plan, env, {
    onReport: (report) => reports.push(report),
    onLog: (_environment, _stream, line) => begun.push(line),
  });
  onTestFinished(() => created.close());
  return { invoke: created.invoke, prewarm: created.prewarm, reports, begun };
}

/** Functions that end the time of an invocation each, in the order in which these began. No time ends by itself. */
function holdTimeouts(ms: number): (() => void)[] {
  const ends: (() => void)[] = [];
  const real = globalThis.setTimeout;
  const held = (run: () => void, after?: number) => {
    if (after === ms) ends.push(run);
    return real(after === ms ? () => {} : run, after);
  };
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(Object.assign(held, real));
  onTestFinished(() => spy.mockRestore());
  return ends;
}

const answer = (fields: object) => ({ kind: 'response', response: expect.objectContaining(fields) });
const failure = (type: string, message: unknown = expect.any(String)) => ({
  kind: 'error',
  error: { type, message },
});

describe('an environment', () => {
  test('has a bound for its garbage, so many threads do not fill the memory of a run', async () => {
    const { invoke } = start(`
      import { resourceLimits } from 'node:worker_threads';
      export const handler = async () => ({ young: resourceLimits.maxYoungGenerationSizeMb });`);
    expect(await invoke({})).toEqual(answer({ young: 6 }));
  });

  test('loads JavaScript only: Node would load its TypeScript compiler into the memory of each thread', async () => {
    const { invoke } = start(`
      const compiler = process.moduleLoadList.filter((name) => name.includes('amaro'));
      export const handler = async () => ({ compiler });`);
    expect(await invoke({})).toEqual(answer({ compiler: [] }));
  });

  test('loads no HTTP: its clients call through a port, and HTTP takes 5 MB and 40 ms in each thread', async () => {
    const { invoke } = start(`
      const loaded = process.moduleLoadList.filter((name) => /(?:_http_|tls|undici)/.test(name));
      export const handler = async () => ({ loaded });`);
    expect(await invoke({})).toEqual(answer({ loaded: [] }));
  });

  test('imports the bundle once and is used again', async () => {
    const { invoke, reports } = start();
    expect(await invoke({})).toEqual(answer({ count: 1 }));
    expect(await invoke({})).toEqual(answer({ count: 2 }));
    expect(reports.map(({ environment, initMs }) => [environment, initMs !== undefined])).toEqual([
      [1, true],
      [1, false],
    ]);
  });

  test('has one invocation at a time: others get their own environments', async () => {
    const { invoke } = start();
    const answers = await Promise.all(Array.from({ length: 5 }, () => invoke({ waitMs: 20 })));
    for (const each of answers) expect(each).toEqual(answer({ count: 1, inside: 1 }));
  });

  test('that was used last is used first', async () => {
    const { invoke, reports } = start();
    await Promise.all([invoke({}), invoke({ waitMs: 100 })]);
    await invoke({});
    await invoke({});
    // Whichever of the two came later, under whatever load: the next ones go where it was.
    const last = reports[1]?.environment;
    expect(reports.slice(2).map(({ environment }) => environment)).toEqual([last, last]);
  });

  test('sees the variables of its function and nothing else', async () => {
    expect(await start(CODE, { GREETING: 'hello' }).invoke({})).toEqual(
      answer({ env: { GREETING: 'hello' } }),
    );
  });

  test('knows its request id and how much time is left', async () => {
    const result = await start().invoke({}, 'request-1');
    expect(result).toEqual(answer({ id: 'request-1' }));
    if (result.kind !== 'response') throw new Error('no response');
    const { left } = Object(result.response);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  test('answers null when the handler returns nothing', async () => {
    expect(await start().invoke({ returns: 'nothing' })).toEqual({ kind: 'response', response: null });
  });

  test('that throws is used again', async () => {
    const { invoke } = start();
    expect(await invoke({ throw: 'no' })).toEqual(failure('TypeError', 'no'));
    expect(await invoke({})).toEqual(answer({ count: 2 }));
  });
});

describe('an environment breaks alone, and the next invocation starts a new one:', () => {
  const ways: [string, object, string][] = [
    ['process.exit', { exit: 3 }, 'Runtime.ExitError'],
    ['an uncaught error', { uncaught: true }, 'Error'],
    ['an endless loop, when the time is up', { loop: true }, 'Sandbox.Timedout'],
    ['a wait that is too long', { waitMs: 600_000 }, 'Sandbox.Timedout'],
    ['memory without end', { hoard: true }, 'Runtime.OutOfMemory'],
  ];
  test.each(ways)('%s', async (_way, event, type) => {
    const ends = holdTimeouts(400_000);
    const { invoke, begun } = start(CODE, {}, 400);
    const neighbour = invoke({ waitMs: 200 });
    await expect.poll(() => ends.length).toBe(1);
    const broken = invoke(event);
    if (type === 'Sandbox.Timedout') {
      await expect.poll(() => begun).toContain(JSON.stringify(event));
      ends[1]?.();
    }
    expect(await broken).toEqual(failure(type));
    expect(await neighbour).toEqual(answer({ count: 1 }));
    const [again, fresh] = await Promise.all([invoke({}), invoke({})]);
    expect([again, fresh]).toEqual([answer({ count: 2 }), answer({ count: 1 })]);
  });

  test('an error that comes after the answer', async () => {
    const code = `export const handler = async ({ late }) => {
      if (late) setTimeout(() => { throw new Error('too late'); }, 10);
      return 'answered';
    }`;
    const { invoke, reports } = start(code);
    await invoke({ late: true });
    let answered = await invoke({});
    // The error comes when it comes: until then the environment is used again, or broken by it in an invocation.
    while (reports.at(-1)?.environment === 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answered = await invoke({});
    }
    expect(answered).toEqual({ kind: 'response', response: 'answered' });
    expect(reports.at(-1)?.environment).toBe(2);
  });

  test('recursion without end is an error like others', async () => {
    const { invoke } = start();
    expect(await invoke({ recurse: true })).toEqual(failure('RangeError'));
    expect(await invoke({})).toEqual(answer({ count: 2 }));
  });

  test('a bundle that cannot be imported fails each invocation with its reason', async () => {
    const { invoke } = start('throw new Error("not configured")');
    expect(await invoke({})).toEqual(failure('Error', 'not configured'));
    expect(await invoke({})).toEqual(failure('Error', 'not configured'));
  });

  test('a bundle without the handler says so', async () => {
    expect(await start('export const other = 1').invoke({})).toEqual(
      failure('Error', expect.stringContaining('exports no function handler')),
    );
  });
});

test('an invocation that timed out is billed for its whole time', async () => {
  const { invoke, reports } = start(CODE, {}, 2);
  await invoke({ loop: true });
  expect(reports[0]?.durationMs).toBeGreaterThanOrEqual(1999);
  expect(reports[0]?.error?.message).toBe('Task timed out after 2.00 seconds');
});

test('prewarmed environments have imported the bundle before they are used', async () => {
  const { invoke, prewarm, reports } = start();
  await prewarm(3);
  await Promise.all([invoke({}), invoke({}), invoke({})]);
  expect(new Set(reports.map(({ environment }) => environment))).toEqual(new Set([1, 2, 3]));
});

describe('what a function writes', () => {
  function writing(code: string) {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'index.mjs'), code);
    const plan = {
      id: 'F',
      name: 'F',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:F',
      directory,
      handler: 'index.handler',
      timeoutSeconds: 60,
      memoryMb: 128,
      environment: {},
      provisioned: 0,
      policy: [],
    };
    const lines: string[] = [];
    const created = createFunction(plan, {}, { onLog: (_, stream, line) => lines.push(`${stream} ${line}`) });
    onTestFinished(() => created.close());
    return { invoke: created.invoke, lines };
  }

  test('has been seen line by line when the invocation ends, whatever the pieces', async () => {
    const { invoke, lines } = writing(`
      export const handler = async () => {
        process.stdout.write('a');
        process.stdout.write(Buffer.from('é\\n').subarray(0, 1));
        process.stdout.write(Buffer.from('é\\nb\\r\\nc').subarray(1));
        console.error('d');
        await new Promise((resolve) => process.stdout.write('\\n{"_aws":{}}\\n', resolve));
      };`);
    await invoke({});
    expect(lines).toEqual(['stdout aé', 'stdout b', 'stderr d', 'stdout c', 'stdout {"_aws":{}}']);
  });

  test('is seen although the function then computes without an end', async () => {
    const { invoke, lines } = writing(`export const handler = () => { console.log('begun'); for (;;); };`);
    void invoke({});
    await expect.poll(() => lines).toEqual(['stdout begun']);
  });

  test('is seen although the function then ends its process, and so is a line without an end', async () => {
    const { invoke, lines } = writing(
      `export const handler = () => { process.stderr.write('last words'); process.exit(1); };`,
    );
    await invoke({});
    await expect.poll(() => lines).toEqual(['stderr last words']);
  });
});

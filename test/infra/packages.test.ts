/**
 * Fifteen packages as pipelines use them, mostly CommonJS. A pipeline for each imports it, statically and
 * with `await import`, and its read runs twice: in Node itself, and in the bundle that would be deployed.
 *
 * The packages are installed when the test runs; without a registry the tests are skipped, with the reason.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { ENV } from '../../functions/env.ts';
import { bundleFunctions, PROJECT } from '../../infra/bundling/bundle.ts';
import { checkBundles } from '../../infra/bundling/check-bundles.ts';

interface Use {
  /** What stands between `import` and `from`. */
  readonly clause: string;
  readonly from: string;
  /** What read gives, made with the package. */
  readonly expression: string;
  readonly expected: unknown;
}

const uses: readonly Use[] = [
  {
    clause: 'pg, { Client }',
    from: 'pg',
    expression: `[new Client({ host: '127.0.0.1' }).port, pg.escapeLiteral("it's")]`,
    expected: [5432, "'it''s'"],
  },
  {
    clause: 'Redis',
    from: 'ioredis',
    expression: `new Redis({ lazyConnect: true }).status`,
    expected: 'wait',
  },
  {
    clause: 'axios',
    from: 'axios',
    expression: `axios.getUri({ url: 'http://a/', params: { b: 1 } })`,
    expected: 'http://a/?b=1',
  },
  {
    clause: 'mysql',
    from: 'mysql2/promise',
    expression: `mysql.format('a = ?', ["it's"])`,
    expected: "a = 'it\\'s'",
  },
  {
    clause: 'jwt',
    from: 'jsonwebtoken',
    expression: `jwt.verify(jwt.sign({ a: 1 }, 'k', { noTimestamp: true }), 'k')`,
    expected: { a: 1 },
  },
  {
    clause: 'iconv',
    from: 'iconv-lite',
    expression: `iconv.decode(Buffer.from([0xe9, 0x20, 0x80]), 'win1252')`,
    expected: 'é €',
  },
  {
    clause: '{ parseStringPromise }',
    from: 'xml2js',
    expression: `await parseStringPromise('<a b="1"><c>2</c></a>')`,
    expected: { a: { $: { b: '1' }, c: ['2'] } },
  },
  {
    clause: 'fetch, { Response }',
    from: 'node-fetch',
    expression: `[typeof fetch, await new Response('four').text()]`,
    expected: ['function', 'four'],
  },
  {
    clause: 'got',
    from: 'got',
    expression: `got.extend({ timeout: { request: 7 } }).defaults.options.timeout.request`,
    expected: 7,
  },
  {
    clause: '{ Agent, Headers }',
    from: 'undici',
    expression: `[new Agent().closed, new Headers({ a: 'b' }).get('A')]`,
    expected: [false, 'b'],
  },
  { clause: 'Papa', from: 'papaparse', expression: `Papa.parse('a,b').data`, expected: [['a', 'b']] },
  {
    clause: '{ XMLParser }',
    from: 'fast-xml-parser',
    expression: `new XMLParser().parse('<a>1</a>')`,
    expected: { a: 1 },
  },
  {
    clause: '{ DateTime }',
    from: 'luxon',
    expression: `DateTime.fromISO('2026-11-28T01:00Z', { zone: 'utc' }).weekday`,
    expected: 6,
  },
  {
    clause: 'lodash',
    from: 'lodash',
    expression: `[lodash.camelCase('a b'), lodash.chunk([1, 2, 3], 2)]`,
    expected: ['aB', [[1, 2], [3]]],
  },
  {
    clause: '{ parse }',
    from: 'csv-parse/sync',
    expression: `parse('a,b\\n1,2', { columns: true })`,
    expected: [{ a: '1', b: '2' }],
  },
];

const folder = mkdtempSync(join(tmpdir(), 'weir-packages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(import.meta.dirname, '../fixtures/packages'), folder, { recursive: true });
const reason = install();

describe.skipIf(reason !== undefined)(
  `packages that load in Node load as functions (${reason ?? 'installed'})`,
  () => {
    test.each(uses)('$from is read with, in the bundle as in Node', async (use) => {
      const file = writePipeline(use);
      const bundles = await bundleFunctions(file, join(folder, 'bundles', nameOf(use)));
      const none = { reader: variables, compute: variables, writer: variables };
      await checkBundles({ file, bundles }, none);
      const inNode = await readIn(pathToFileURL(file).href, `module.default.read({})`);
      expect(inNode).toMatchObject({ value: use.expected });
      expect(await readIn(pathToFileURL(join(bundles.reader, 'index.mjs')).href, READ_BY_HANDLER)).toEqual(
        inNode,
      );
    });
  },
);

const variables = Object.fromEntries(Object.values(ENV).map((name) => [name, 'http://127.0.0.1:1/1/queue']));

function install(): string | undefined {
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: folder, stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `they could not be installed: ${String(error).split('\n')[0]}`;
  }
}

function nameOf({ from }: Use): string {
  return from.replaceAll('/', '-');
}

function writePipeline(use: Use): string {
  const { clause, from, expression } = use;
  mkdirSync(join(folder, 'pipelines'), { recursive: true });
  const file = join(folder, 'pipelines', `${nameOf(use)}.ts`);
  writeFileSync(
    file,
    `import ${clause} from '${from}';
import { definePipeline } from ${JSON.stringify(join(PROJECT, 'functions/pipeline.ts'))};

export default definePipeline({
  name: ${JSON.stringify(nameOf(use))},
  request: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  read: async () => {
    const value = ${expression};
    const lazy: object = await import('${from}');
    const names = Object.keys(lazy).filter((name) => name !== 'module.exports').sort();
    console.log('READ ' + JSON.stringify({ value, names }));
    return [{ value, names }];
  },
  initial: () => 0,
  compute: (count: number) => count + 1,
});
`,
  );
  return file;
}

/** The send that follows finds no SQS; what was read is known by then. */
const READ_BY_HANDLER = `module.handler({ Records: [{ messageId: 'm', receiptHandle: 'r', body: '{}', attributes: {
  ApproximateReceiveCount: '1', SentTimestamp: '0' } }] }, { getRemainingTimeInMillis: () => 30_000 })`;

/** What read printed, in a process of its own. */
async function readIn(module: string, call: string): Promise<unknown> {
  const script = `const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...rest) => write(text, () => String(text).startsWith('READ ') && process.exit());
    const module = await import(${JSON.stringify(module)}); await ${call};`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...variables, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' },
  });
  return JSON.parse(
    stdout
      .split('\n')
      .find((line) => line.startsWith('READ '))
      ?.slice(5) ?? 'null',
  );
}

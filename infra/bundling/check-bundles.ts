/**
 * Loads each bundle once before a deployment. A function that cannot be loaded answers no invocation: every request would be
 * received again and again and end in the dead-letter queue.
 *
 * This needs no credentials and no network. Code that calls a server while it loads gets no answer here. That proves nothing
 * about the deployed function, so the bundle counts as loaded.
 */
import { fork } from 'node:child_process';
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import * as v from 'valibot';
import { isRecord } from '../../functions/json.ts';
import { type Bundles, bundledFrom, FUNCTION_NAMES, type FunctionName, projectOf } from './bundle.ts';
import { packageIn } from './owner-of.ts';
import { platformPartsOf } from './package-of.ts';

export type FunctionVariables = Readonly<Record<FunctionName, Readonly<Record<string, string>>>>;

const Report = v.object({
  /** Undefined if the bundle could be loaded and has a handler. */
  failure: v.optional(v.object({ message: v.string(), code: v.optional(v.string()), stack: v.string() })),
  /** Environment variables that the code looked up and that are not set, the last one first. */
  missing: v.array(v.string()),
});
export type LoadReport = v.InferInput<typeof Report>;
type Failure = NonNullable<LoadReport['failure']>;

/** A function's environment variables in a template. Values that only the deployment knows become placeholders. */
export function knownVariables(variables: unknown): Record<string, string> {
  const entries = Object.entries(isRecord(variables) ? variables : {});
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : `https://weir.invalid/${name}`,
    ]),
  );
}

export interface Bundled {
  /** The file of the pipeline. */
  readonly file: string;
  readonly bundles: Bundles;
  /** Packages that are not in the bundle but may exist in Lambda: see Bundling in bundle.ts. */
  readonly externalModules?: readonly string[];
}

export async function checkBundles(bundled: Bundled, variables: FunctionVariables): Promise<void> {
  const reports = await Promise.all(
    FUNCTION_NAMES.map(async (name) => ({
      name,
      reason: await elsewhere(bundled.bundles[name], (folder) =>
        reasonAgainst(name, { ...bundled, folder }, variables[name]),
      ),
    })),
  );
  const failed = reports.filter(({ reason }) => reason !== undefined);
  const [first] = failed;
  if (first === undefined) return;
  const same = failed.filter(({ reason }) => reason === first.reason).map(({ name }) => name);
  throw new Error(
    `pipeline file ${bundled.file} cannot be loaded as a Lambda function (${same.join(', ')}), so it would answer no invocation: ${first.reason}`,
  );
}

/** Uses a copy in another folder, where the bundle cannot find packages in the project's node_modules. */
async function elsewhere<T>(bundle: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'weir-load-')));
  try {
    await cp(bundle, folder, { recursive: true });
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function reasonAgainst(
  name: FunctionName,
  { file, folder, externalModules = [] }: Omit<Bundled, 'bundles'> & { readonly folder: string },
  variables: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { failure, missing, printed } = await loadApart(folder, variables);
  if (failure === undefined || UNREACHED.has(failure.code ?? '')) return undefined;
  if (isOneOf(externalModules, failure)) return undefined;
  const [place] = [...failure.stack.matchAll(PLACE)]
    .filter(([, path = '']) => !path.includes(LOADER))
    .map(([, path = '', at]) => ({
      file: sourceOf(path, folder, join(bundledFrom(projectOf(file)), name)),
      at,
    }));
  const owner = packageIn(place?.file ?? '');
  const [part] = platformPartsOf(place?.file ?? '');
  if (part !== undefined) {
    return (
      `package ${owner} has a native part for each platform (${part} and others), which is not in the bundle: use a package ` +
      `without one, or name it in externalModules if it is there as a layer. It said: ${failure.message.split('\n')[0]}`
    );
  }
  const where = owner === undefined ? place && `${place.file}:${place.at}` : `package ${owner}`;
  return [
    where === undefined ? failure.message : `${where}: ${failure.message}`,
    ...adviceFor(failure, folder, missing),
    ...(printed === undefined ? [] : [`Before, it printed: ${printed}`]),
  ].join('. ');
}

/** Errors of a server that could not be reached from here. It may be reachable from Lambda or its VPC. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

function adviceFor({ message, code }: Failure, folder: string, missing: readonly string[]) {
  if (code === 'ENOENT' && message.includes(folder)) {
    return [
      'A bundle holds code only, and no file that lies beside it: import the file (JSON: `with { type: "json" }`), ' +
        'or write it into the code',
    ];
  }
  if (code?.endsWith('MODULE_NOT_FOUND')) {
    return [
      'It is not installed, or asked for by a name that the bundler cannot see: install it, or import it by `import` ' +
        'with the name as text',
    ];
  }
  const [, unknown] = /^([\w$]+) is not defined$/.exec(message) ?? [];
  if (unknown !== undefined) {
    return [`${unknown} is no name of Node: browsers have it, or a package that is not in the bundle`];
  }
  const [variable] = missing.filter((name) => !OF_PLATFORM.test(name));
  if (code !== undefined || variable === undefined) return [];
  return [
    `The environment variable that it looked for last and that the function does not have: ${variable}. ` +
      'If it needs it, give it (`env` in the configuration of the pipeline, --env NAME=VALUE for a local run)',
  ];
}

/** Variables that Node, the SDK and Weir look up and do not need. */
const OF_PLATFORM =
  /^(AWS_|NODE_|WEIR_|LAMBDA_|_X_AMZN|npm_|(FORCE|NO)_COLOR$|WATCH_REPORT_DEPENDENCIES$|DEBUG$|TERM$)/;

/** A path and position in the stack of an error, as the source map gives them. */
const PLACE = /(?:\(|\bat (?:async )?)((?:file:\/\/)?\/[^\n():]+):(\d+(?::\d+)?)\)?$/gm;

/** Paths in the source map start from the folder that esbuild was given, which is not where the bundle is now. */
function sourceOf(path: string, folder: string, toldFolder: string): string {
  const file = path.replace(/^file:\/\//, '');
  return file.startsWith(`${folder}${sep}`) ? file : resolve(toldFolder, relative(folder, file));
}

function isOneOf(externalModules: readonly string[], { code, message }: Failure): boolean {
  if (!code?.endsWith('MODULE_NOT_FOUND')) return false;
  return externalModules.some((name) => message.includes(`'${name.replace(/\*.*/, '')}`));
}

/** Much longer than the 10 s after which Lambda gives up a start. */
const LOAD_MS_MAX = 60_000;

/** The report, with the first line that the process wrote to stderr. */
type Loaded = LoadReport & { readonly printed?: string };

const LOADER = '/load-bundle.';

function loadApart(folder: string, variables: Readonly<Record<string, string>>): Promise<Loaded> {
  const child = fork(new URL('./load-bundle.mjs', import.meta.url), {
    cwd: folder,
    env: { ...ofLambda(folder), ...variables },
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: LOAD_MS_MAX,
  });
  let said = '';
  child.stderr?.on('data', (text) => {
    said = `${said}${text}`.slice(-2000);
  });
  child.stdout?.resume();
  const ended = (how: string): LoadReport => ({
    failure: {
      message: `the process ended ${how} while it loaded${said === '' ? '' : `: ${said.trim()}`}`,
      stack: '',
    },
    missing: [],
  });
  return new Promise((answer, reject) => {
    child.once('message', (report) => {
      const [printed = ''] = said.trim().split('\n');
      answer({ ...v.parse(Report, report), ...(printed === '' ? {} : { printed }) });
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const how = signal === null ? `with status ${status}` : `by ${signal} (after ${LOAD_MS_MAX / 1000} s)`;
      answer(ended(how));
    });
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function ofLambda(folder: string): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'weir-load-check',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: folder,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  };
}

/**
 * `weir init`: creates a project with a pipeline, its test and an app, or adds what an existing project
 * lacks. It overwrites nothing.
 */
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord, parseJson } from '../../functions/json.ts';
import { version } from '../dispatch.ts';
import { manifestOf } from '../init/manifest.ts';
import { APP_FILES, FILES, PIPELINE_FILE, REQUESTS_FILE } from '../init/templates.ts';
import { parseCommand, UsageError, words } from '../terminal/options.ts';

const HELP = `weir init [FOLDER]

Makes a project: a pipeline, its test, a CDK app, and requests to try. In an existing project it adds only missing files
and changes none of yours. It prints each file that it made or left.

Example: weir init sensors`;

export const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export async function init(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [folder = '.', ...excess] = positionals;
  words(excess);
  for (const line of initIn(folder)) console.log(line);
  return 0;
}

/** Returns the lines to print. Every refusal comes before the first file is written. */
export function initIn(folder: string): string[] {
  assertFolder(folder);
  const inFolder = (file: string) => join(folder, file);
  const isApp = existsSync(inFolder('cdk.json'));
  const files = isApp ? FILES : { ...APP_FILES, ...FILES };
  for (const file of Object.keys(files)) assertPlace(folder, file);
  const before = existsSync(inFolder('package.json'))
    ? readFileSync(inFolder('package.json'), 'utf8')
    : undefined;
  const manifest = manifestOf(folder, before, version(), hasSources(folder));
  const lines: string[] = [];
  write(inFolder('package.json'), manifest.text);
  if (before === undefined) lines.push('made   package.json');
  else lines.push(...toldOf(manifest.added, 'added  package.json: '));
  lines.push(...toldOf(manifest.left, 'left   package.json: ', ', which is yours'));
  for (const [file, text] of Object.entries(files)) {
    const isThere = existsSync(inFolder(file));
    if (!isThere) write(inFolder(file), text);
    lines.push(isThere ? `left   ${file}, which is there already` : `made   ${file}`);
  }
  return [...lines, ...hints(folder, isApp), '', ...nextSteps(folder, manifest.left)];
}

function toldOf(names: readonly string[], before: string, after = ''): string[] {
  return names.length === 0 ? [] : [`${before}${names.join(', ')}${after}`];
}

function assertFolder(folder: string): void {
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`${folder} is a file: give a folder, which may be new`);
  }
}

/** Refuses a folder in the place of a file, and a file in the place of its folder. */
function assertPlace(folder: string, file: string): void {
  const path = join(folder, file);
  if (existsSync(path) && !statSync(path).isFile()) {
    throw new UsageError(
      `${file} is a folder, and a file of this name is needed: move it, or give another folder`,
    );
  }
  const parent = dirname(path);
  if (existsSync(parent) && !statSync(parent).isDirectory()) {
    throw new UsageError(
      `${dirname(file)} is a file, and a folder of this name is needed: move it, or give another folder`,
    );
  }
}

/** In a project without "type", existing code is CommonJS. */
function hasSources(folder: string): boolean {
  return (
    globSync('{*,{bin,infra,lib,src,test}/**/*}.{js,ts}', {
      cwd: folder,
      exclude: (name) => name === 'node_modules',
    }).length > 0
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const TYPESCRIPT_MIN = [5, 8] as const;

function hints(folder: string, isApp: boolean): string[] {
  const lines: string[] = [];
  if (isApp) {
    lines.push(
      '',
      'This is a CDK app already. In a stack of yours:',
      "  import { WeirPipeline } from 'weir-pipelines/infra';",
      `  new WeirPipeline(this, 'Readings', { entry: '${PIPELINE_FILE}' });`,
    );
  }
  const typescript = installedTypeScript(folder);
  if (typescript !== undefined && isOlder(typescript)) {
    lines.push(
      '',
      `TypeScript here is ${typescript}, older than the ${TYPESCRIPT_MIN.join('.')} that tsconfig.json and the types need: ` +
        'npm install --save-dev typescript@latest',
    );
  }
  return lines;
}

function installedTypeScript(folder: string): string | undefined {
  const file = join(folder, 'node_modules/typescript/package.json');
  if (!existsSync(file)) return undefined;
  const manifest = parseJson(readFileSync(file, 'utf8'), file, 'rounded');
  return isRecord(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : undefined;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < TYPESCRIPT_MIN[0] || (major === TYPESCRIPT_MIN[0] && minor < TYPESCRIPT_MIN[1]);
}

function nextSteps(folder: string, left: readonly string[]): string[] {
  const run = left.includes('scripts start')
    ? `npx weir run --pipeline ${PIPELINE_FILE} --requests-file ${REQUESTS_FILE}`
    : 'npm start';
  const enter = folder === '.' ? [] : [`  cd ${/^[\w./-]+$/.test(folder) ? folder : JSON.stringify(folder)}`];
  return [
    'Next:',
    ...enter,
    '  npm install',
    `  ${run}`,
    left.includes('scripts test') ? '  npx vitest run' : '  npm test',
  ];
}

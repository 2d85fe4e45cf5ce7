/**
 * `npm run build`: the package's code in dist/. It contains JavaScript without comments; declarations with
 * comments, for the modules that can be imported; and the files that are neither.
 *
 * There are no source maps: the JavaScript equals the source without its types, and a map would point to
 * files that are not in the package.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { transformSync } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import buildConfig from '../tsconfig.build.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

const ASSETS = ['cdk.json', 'cli/*.mjs', 'local/page/*.html', 'local/bill/prices.json'];
const PAGE = 'local/page/*.{css,js}';
/** Declarations that no user writes against: their comments are for those who read the source. */
const INSIDE = [
  'functions/{compute,reader,aws,writer}/**/*.d.ts',
  'functions/{state,readings,ports,requests}.d.ts',
  'infra/bundling/*.d.ts',
  '{simulate,operate,model,plan,local}/**/*.d.ts',
];

rmSync(DIST, { recursive: true, force: true });
compile('--declaration', 'false', '--removeComments', 'true');
// tsc also compiles files of which only types are used.
removeBut(
  reachable([...buildConfig.files.map(asJavaScript), ...globSync('cli/*.mjs', { cwd: ROOT })]),
  '.js',
);
for (const file of globSync('**/*.{js,mjs}', { cwd: DIST })) shorten(join(DIST, file));
compile('--emitDeclarationOnly', 'true');
removeBut(reachable(exportedDeclarations()), '.d.ts');
for (const file of globSync(INSIDE, { cwd: DIST })) rewrite(join(DIST, file), withoutComments);
for (const file of globSync('**/*.d.ts', { cwd: DIST })) rewrite(join(DIST, file), indentByOne);
for (const file of globSync([...ASSETS, PAGE], { cwd: ROOT })) {
  mkdirSync(dirname(join(DIST, file)), { recursive: true });
  cpSync(join(ROOT, file), join(DIST, file));
}
for (const file of globSync(PAGE, { cwd: DIST })) shorten(join(DIST, file));

function compile(...options: string[]): void {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Removes the fifth of tsc's output that is spaces and long forms. Names stay, so that a stack trace can be
 * read.
 */
function shorten(file: string): void {
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    loader: file.endsWith('.css') ? 'css' : 'js',
    charset: 'utf8',
    target: 'esnext',
    minifySyntax: true,
    minifyWhitespace: true,
    // No stack trace of the page reaches a user.
    minifyIdentifiers: file.startsWith(join(DIST, 'local/page')),
    lineLimit: 500,
  });
  writeFileSync(file, code);
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '');
}

/** tsc indents by four spaces. */
function indentByOne(text: string): string {
  return text.replace(/^( {4})+/gm, (spaces) => ' '.repeat(spaces.length / 4));
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

function exportedDeclarations(): string[] {
  const files = Object.values(manifest.exports).filter((file) => file.endsWith('.ts'));
  return files.map((file) => file.replace(/\.ts$/, '.d.ts'));
}

function asJavaScript(file: string): string {
  return file.replace(/\.ts$/, '.js');
}

/** These files and those that they import, directly or indirectly: files of the same kind, JavaScript or declarations. */
function reachable(files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (file: string): void => {
    const place = [DIST, ROOT].map((folder) => join(folder, file)).find((path) => existsSync(path));
    if (found.has(file) || place === undefined) return;
    found.add(file);
    const text = readFileSync(place, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const extension = file.endsWith('.d.ts') ? '.d.ts' : '.js';
    for (const [, name = ''] of text.matchAll(/['"`](\.{1,2}\/[^'"`]+)\.[jt]s['"`]/g)) {
      add(normalize(join(dirname(file), `${name}${extension}`)));
    }
  };
  for (const file of files) add(normalize(file));
  return found;
}

function removeBut(kept: ReadonlySet<string>, extension: '.js' | '.d.ts'): void {
  for (const file of globSync(`**/*${extension}`, { cwd: DIST })) {
    if (!kept.has(normalize(file))) rmSync(join(DIST, file));
  }
}

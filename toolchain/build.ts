/**
 * `npm run build`: the package's code in dist/. It contains JavaScript without comments; declarations with
 * comments, for the modules that can be imported; and the files that are neither.
 *
 * There are no source maps: the JavaScript equals the source without its types, and a map would point to
 * files that are not in the package.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { transformSync } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

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
for (const file of globSync('**/*.{js,mjs}', { cwd: DIST })) shorten(join(DIST, file));
compile('--emitDeclarationOnly', 'true');
removeDeclarationsBut(reachable(Object.values(manifest.exports).filter((file) => file.endsWith('.ts'))));
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

/** The declarations that those of the exports import, directly or indirectly. */
function reachable(exported: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    const text = readFileSync(join(DIST, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.[jt]s['"]/g)) {
      add(normalize(join(dirname(file), `${name}.d.ts`)));
    }
  };
  for (const file of exported) add(normalize(file.replace(/\.ts$/, '.d.ts')));
  return found;
}

function removeDeclarationsBut(kept: ReadonlySet<string>): void {
  for (const file of globSync('**/*.d.{ts,mts}', { cwd: DIST })) {
    if (!kept.has(normalize(file))) rmSync(join(DIST, file));
  }
}

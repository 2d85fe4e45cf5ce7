/** README and docs: links have targets, quoted commands and options exist, and drawings match their code. */
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/command-table.ts';
import { type CommandWords, wordsOf } from '../../cli/completion/command-words.ts';
import manifest from '../../package.json' with { type: 'json' };
import { anchorsOf, commandsOf, DOCUMENTS, filesRunBy, linksOf, ROOT, textOf } from './markdown.ts';
import { DRAWINGS } from './write-drawings.ts';

let known: ReadonlyMap<string, CommandWords> = new Map();
beforeAll(async () => {
  known = new Map((await wordsOf(COMMANDS)).map((words) => [words.command, words]));
});

/** Undefined when the link leads somewhere. */
function brokenLink(document: string, link: string): string | undefined {
  if (/^(?:https?|mailto):/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(ROOT, file))) return `${link}: there is no ${file}`;
  if (anchor === undefined) return undefined;
  if (!statSync(join(ROOT, file)).isFile() || !file.endsWith('.md'))
    return `${link}: ${file} has no headings`;
  return anchorsOf(textOf(file)).has(anchor) ? undefined : `${link}: ${file} has no such heading`;
}

/** Undefined when the command is there, and takes the options. */
function wrongCommand(line: string): string | undefined {
  const [called = ''] = line.replace(/^npx /, '').split(/ (?:#|[|>&]|\.\.\.|…)|[;`]| {3,}/);
  const [command = '', ...rest] = called.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  if (command === 'npm') return wrongScript(rest);
  const [name = '', ...args] = rest;
  if (name === '' || /^(?:--version|COMMAND)$/.test(name)) return undefined;
  const asked = name === 'help' ? args[0] : name;
  if (asked === undefined || asked === 'COMMAND') return undefined;
  return wrongArguments(asked, name === 'help' ? [] : args);
}

function wrongArguments(name: string, args: readonly string[]): string | undefined {
  const words = known.get(name);
  if (words === undefined) return `there is no command ${name}`;
  const [first] = args;
  if (
    words.actions.length > 0 &&
    first !== undefined &&
    /^[a-z]+$/.test(first) &&
    !words.actions.includes(first)
  ) {
    return `weir ${name} has no action ${first}`;
  }
  const options = args
    .filter((arg) => arg.startsWith('--') && arg !== '--')
    .map((arg) => arg.replace(/[=,)\]].*$/, ''));
  const missing = options.filter((option) => !words.options.includes(option));
  return missing.length === 0 ? undefined : `weir ${name} has no option ${missing.join(', ')}`;
}

function wrongScript([verb = '', ...rest]: readonly string[]): string | undefined {
  const name = verb === 'run' ? rest.find((word) => !word.startsWith('-')) : verb;
  if (name === undefined || name === 'SCRIPT') return undefined;
  if (!Object.hasOwn(manifest.scripts, name)) return `package.json has no script ${name}`;
  const options = rest.slice(rest.indexOf('--') + 1).filter((word) => word !== name);
  if (!rest.includes('--')) return undefined;
  if (name === 'start') return wrongArguments('run', options);
  return name === 'plan' ? wrongArguments('plan', options) : undefined;
}

describe('the documents', () => {
  test.each(DOCUMENTS)('every link of %s leads to an existing file and heading', (document) => {
    const broken = linksOf(textOf(document)).flatMap((link) => brokenLink(document, link) ?? []);
    expect(broken).toEqual([]);
  });

  test.each(DOCUMENTS)('every command that %s quotes exists, with its options', (document) => {
    const wrong = commandsOf(textOf(document)).flatMap((line) => {
      const why = wrongCommand(line);
      return why === undefined ? [] : [`${line}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  test('links and commands are found, also wrong ones', () => {
    expect(DOCUMENTS.length).toBeGreaterThan(30);
    expect(DOCUMENTS.flatMap((document) => linksOf(textOf(document))).length).toBeGreaterThan(100);
    expect(DOCUMENTS.flatMap((document) => commandsOf(textOf(document))).length).toBeGreaterThan(80);
    expect(brokenLink('README.md', 'docs/none.md')).toMatch(/there is no/);
    expect(brokenLink('README.md', 'docs/deploy.md#nowhere')).toMatch(/no such heading/);
    expect(wrongCommand('npx weir rnu')).toBe('there is no command rnu');
    expect(wrongCommand('npx weir run --requsts 3')).toBe('weir run has no option --requsts');
    expect(wrongCommand('weir dead lst')).toBe('weir dead has no action lst');
    expect(wrongCommand('npm run simlate')).toBe('package.json has no script simlate');
    expect(wrongCommand('npm start -- --nope')).toBe('weir run has no option --nope');
  });

  test('every file that a quoted command runs with node or vitest exists', () => {
    // The reader of the tutorial writes its files; tutorial.test.ts runs them.
    const own = DOCUMENTS.filter((document) => document !== 'docs/tutorial.md');
    const named = own.flatMap((document) => filesRunBy(textOf(document)));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(filesRunBy('`node bench/none.ts 3` and `node totals.ts`')).toEqual(['bench/none.ts']);
  });

  test('every document that an error, a help text or a comment names exists', () => {
    const files = globSync('{functions,infra,local,operate,cli,client,testing,plan}/**/*.ts', { cwd: ROOT });
    const named = files.flatMap((file) => textOf(file).match(/docs\/[\w/-]+\.md/g) ?? []);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((document) => !existsSync(join(ROOT, document)))).toEqual([]);
  });

  test('every document of docs/ is in its index', () => {
    const index = linksOf(textOf('docs/README.md')).map((link) =>
      normalize(join('docs', link.split('#')[0] ?? '')),
    );
    const missing = DOCUMENTS.filter(
      (name) => /^docs\/[^/]+\.md$/.test(name) && name !== 'docs/README.md',
    ).filter((name) => !index.includes(name));
    expect(missing).toEqual([]);
  });

  test('every decision that the code names exists', () => {
    const numbers = new Set(readdirSync(join(ROOT, 'docs/decisions')).map((name) => name.slice(0, 4)));
    const files = globSync('{functions,infra,model,local,operate,cli,client,testing,plan,simulate}/**/*.ts', {
      cwd: ROOT,
    });
    const named = files.flatMap((file) =>
      [...textOf(file).matchAll(/decisions\/(\d{4})/g)].map(([, number = '']) => ({ file, number })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ number }) => !numbers.has(number))).toEqual([]);
  });
});

test.each(Object.entries(DRAWINGS))('docs/images/%s is what npm run docs draws', (name, draw) => {
  expect(readFileSync(join(ROOT, 'docs/images', name), 'utf8')).toBe(draw());
});

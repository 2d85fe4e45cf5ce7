/**
 * The package as `npm pack` makes it, from a copy of the sources: packing replaces the manifest, which other
 * tests use.
 */
import { cpSync, globSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { once } from './once.ts';
import { INSTALL, runIn, shell } from './shell.ts';

const COPIED = [
  '*.{json,md}',
  '.npmrc',
  'LICENSE',
  '{cli,client,functions,infra,local,model,operate,plan,simulate,testing}',
  'toolchain/*.ts',
];

const Packed = v.object({
  /** Its path. */
  tarball: v.string(),
  /** Paths in the tarball. */
  files: v.array(v.string()),
  unpackedBytes: v.number(),
});
type Packed = v.InferOutput<typeof Packed>;

/** Of `npm pack --json`: a list, or an object by the package's name, as npm's version has it. */
const Told = v.array(
  v.object({
    filename: v.string(),
    unpackedSize: v.number(),
    files: v.array(v.object({ path: v.string() })),
  }),
);

/** Made once in a run of the tests. */
export async function packed(): Promise<Packed> {
  return v.parse(Packed, JSON.parse(await once('packed', (folder) => JSON.stringify(pack(folder)))));
}

/** Of the user's own, beside Weir; the same versions as here. */
const TOOLS = ['valibot@1.5.0', 'typescript@7.0.2', '@types/node@24.19.2', 'vitest@5.1.1'];

/**
 * A folder in which npm installed the tarball and a user's tools, once in a run of the tests. Each test file makes
 * projects of its own below it: Node and TypeScript look for packages in the folders above as well.
 */
export function installed(): Promise<string> {
  return once('installed', async (folder) => {
    const { tarball } = await packed();
    await shell(folder, `${INSTALL} --prefix . "${tarball}" ${TOOLS.join(' ')}`);
    return folder;
  });
}

/**
 * Installs the tarball and the dependencies of a project. Its packages begin as links to those of `installed`, because most of
 * the time of npm goes into the files of the CDK. npm removes what the project does not ask for.
 */
export async function installIn(folder: string, what = ''): Promise<void> {
  const packages = `"${join(await installed(), 'node_modules')}"`;
  await shell(folder, `cp -al ${packages} . || cp -R ${packages} .`);
  await shell(folder, `${INSTALL} ${what}`);
}

function pack(folder: string): Packed {
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  for (const name of globSync(COPIED, { cwd: PROJECT })) {
    cpSync(join(PROJECT, name), join(sources, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(sources, 'node_modules'));
  const told = runIn(sources, 'npm', 'pack', '--json', '--loglevel=error', '--pack-destination', folder);
  const [file] = v.parse(Told, Object.values(JSON.parse(told)));
  if (file === undefined) throw new Error('npm pack packed nothing');
  return {
    tarball: join(folder, file.filename),
    files: file.files.map(({ path }) => path),
    unpackedBytes: file.unpackedSize,
  };
}

/**
 * Runs every case of a folder and prints the expected and the actual result:
 *
 *   npm run cases -- ../shared/cases [NAME ...]
 *
 * Exit status 0: all results are correct, and every folder has a case here. The folder is not part of this repository;
 * this repository has its own tests for each kind of case.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { type Case, cases } from './cases.ts';

const [where, ...names] = process.argv.slice(2);
if (where === undefined) {
  console.error('Which folder of cases? npm run cases -- ../shared/cases [NAME ...]');
  process.exit(2);
}
const root = resolve(where);
const entries = await readdir(root, { withFileTypes: true });
const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
await mkdir(join(PROJECT, '.weir'), { recursive: true });

let wrong = 0;
for (const folder of folders.sort()) {
  if (names.length > 0 && !names.includes(folder)) continue;
  const known = cases.filter((each) => each.folder === folder);
  if (known.length === 0) {
    console.log(`✗ ${folder}\n    no case of that name is in test/cases/cases.ts`);
    wrong += 1;
  }
  for (const each of known) wrong += (await isRight(each)) ? 0 : 1;
}
console.log(wrong === 0 ? '\nAll are right.' : `\n${wrong} wrong.`);
process.exitCode = wrong === 0 ? 0 : 1;

async function isRight({ folder, input, run }: Case): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), 'weir-case-'));
  try {
    const { expected, got, right } = await run(join(root, folder), scratch);
    console.log(`${right ? '✓' : '✗'} ${folder}${input === undefined ? '' : `: ${input}`}`);
    console.log(`    expected  ${expected}\n    got       ${got}`);
    return right;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

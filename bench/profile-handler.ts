/**
 * Where the processor time of a warm batch of compute goes, by library: this checkout and another one, in turns.
 * The profile gives the shares, and the process the processor time, with that of the profiler.
 *
 *     node bench/profile-handler.ts [--rounds N] [--batches N] [--beside CHECKOUT]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFunctions } from '../infra/bundling/bundle.ts';
import { sharesByLibrary } from './handlers/by-library.ts';
import { bundlesOf, compiled, PIPELINE, runChild, startStub } from './handlers/processes.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    batches: { type: 'string', default: '1000' },
    beside: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const batches = Number(values.batches);

const folder = await mkdtemp(join(tmpdir(), 'weir-profile-'));
const child = await compiled(folder, 'child');
const systems = [{ name: 'here', bundles: await bundleFunctions(PIPELINE, join(folder, 'here')) }];
if (values.beside !== undefined)
  systems.unshift({ name: 'beside', bundles: await bundlesOf(values.beside, join(folder, 'beside')) });
const stub = await startStub(await compiled(folder, 'stub'));
const sums = new Map<string, Map<string, number>>(systems.map(({ name }) => [name, new Map()]));
try {
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, bundles } of systems) {
      const profile = join(folder, `${name}-${round}.cpuprofile`);
      const file = join(bundles.compute, 'index.mjs');
      const task = {
        file,
        work: 'compute, ten keys',
        warmUp: 300,
        batches,
        stub: stub.url,
        profile,
      } as const;
      const { cpuMs } = await runChild(child, task);
      const shares = sharesByLibrary(profile);
      const sum = sums.get(name);
      for (const [library, share] of shares) sum?.set(library, (sum.get(library) ?? 0) + share * cpuMs);
    }
  }
} finally {
  stub.stop();
  await rm(folder, { recursive: true });
}

const libraries = new Set([...sums.values()].flatMap((sum) => [...sum.keys()]));
const perBatch = (sum: ReadonlyMap<string, number>, library: string) =>
  (sum.get(library) ?? 0) / rounds / batches;
const last = [...sums.values()].at(-1) ?? new Map<string, number>();
const sorted = [...libraries].sort((a, b) => perBatch(last, b) - perBatch(last, a));
console.log(`| ms for a batch of ten commits | ${[...sums.keys()].join(' | ')} |`);
console.log(`|---|${'---|'.repeat(sums.size)}`);
for (const library of sorted) {
  console.log(
    `| ${library} | ${[...sums.values()].map((sum) => perBatch(sum, library).toFixed(3)).join(' | ')} |`,
  );
}
const total = (sum: ReadonlyMap<string, number>) =>
  sorted.reduce((all, library) => all + perBatch(sum, library), 0);
console.log(`| all | ${[...sums.values()].map((sum) => total(sum).toFixed(3)).join(' | ')} |`);

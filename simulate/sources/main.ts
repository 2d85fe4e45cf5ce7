/**
 * `npm run simulate:sources -- [SEEDS] [FROM] [--keep FILE]`: checks given limits and planted bugs, and
 * compares the results with the targets. With a file, the results of each seed are kept, and the same command
 * continues after an interruption.
 */
import { parseArgs } from 'node:util';

import { FAULTS, sumOfFaults } from './fault-counts.ts';
import { type Figure, figuresFor, tableOf, tableOfFaults } from './figures.ts';
import { sourceMutants } from './gate-mutants.ts';
import { keptFigures } from './kept-figures.ts';
import { coursesWith, trySourceMutants } from './try-gate-mutants.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'string' } } });
const [seeds = 100, from = 1] = positionals.map(Number);
const print = (text: string) => process.stdout.write(`${text}\n`);

const given = await coursesWith([], [from, from + 1, from + 2]);
const { problems } = given;
print(problems.length === 0 ? 'limits that are given are kept and used' : problems.join('\n'));
const tried = await trySourceMutants(sourceMutants, [1, 2]);
for (const { name, problems: found } of tried) print(`planted: ${name}: ${found[0] ?? 'NOT FOUND'}`);
const found = tried.filter(({ problems: each }) => each.length > 0).length;
const seen = await keptFigures(values.keep, from, seeds);
for (const { seed, closed } of seen) for (const problem of closed.problems) print(`seed ${seed}: ${problem}`);
const faults = sumOfFaults([...seen.map((one) => one.faults), given.faults]);
const figures: readonly Figure[] = [
  ...figuresFor(seen),
  {
    name: 'planted faults that are found',
    target: String(tried.length),
    reached: String(found),
    isMet: found === tried.length,
  },
  {
    name: 'kinds of faults that were met',
    target: String(FAULTS.length),
    reached: String(FAULTS.filter((fault) => faults[fault] !== undefined).length),
    isMet: FAULTS.every((fault) => faults[fault] !== undefined),
  },
];
print(tableOfFaults(faults));
print(tableOf(figures));
process.exitCode = problems.length === 0 && figures.every(({ isMet }) => isMet) ? 0 : 1;

/**
 * `npm run simulate:sources -- [SEEDS] [FROM] [--keep FILE]`: limits that are given, planted faults, and what is reached against
 * the targets. With a file, what was found of each seed is kept: the same command goes on where it was ended.
 */
import { parseArgs } from 'node:util';

import { type Figure, figuresFor, hedgeFiguresOf, tableOf } from './figures.ts';
import { sourceMutants } from './gate-mutants.ts';
import { type HedgeFigures, hedgeFigures } from './hedge-figures.ts';
import { keptFigures } from './kept-figures.ts';
import { problemsWith, trySourceMutants } from './try-gate-mutants.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'string' } } });
const [seeds = 100, from = 1] = positionals.map(Number);
const print = (text: string) => process.stdout.write(`${text}\n`);

const problems = await problemsWith([], [from, from + 1, from + 2]);
print(problems.length === 0 ? 'limits that are given are kept and used' : problems.join('\n'));
const tried = await trySourceMutants(sourceMutants, [1, 2]);
for (const { name, problems: found } of tried) print(`planted: ${name}: ${found[0] ?? 'NOT FOUND'}`);
const found = tried.filter(({ problems: each }) => each.length > 0).length;
const seen = await keptFigures(values.keep, from, seeds);
const hedged: HedgeFigures[] = [];
for (let seed = from; seed < from + Math.ceil(seeds / 10); seed += 1) hedged.push(await hedgeFigures(seed));
const figures: readonly Figure[] = [
  ...figuresFor(seen),
  ...hedgeFiguresOf(hedged),
  {
    name: 'planted faults that are found',
    target: String(tried.length),
    reached: String(found),
    isMet: found === tried.length,
  },
];
print(tableOf(figures));
process.exitCode = problems.length === 0 && figures.every(({ isMet }) => isMet) ? 0 : 1;

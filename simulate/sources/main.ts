/** `npm run simulate:sources -- [SEEDS] [FROM]`: limits that are given, planted faults, and the figures of the adaptive limit. */
import { describeFigures, figuresOf, type SeedFigures } from './figures.ts';
import { sourceMutants } from './mutants.ts';
import { problemsWith, trySourceMutants } from './try-mutants.ts';

const [seeds = 100, from = 1] = process.argv.slice(2).map(Number);
const print = (text: string) => process.stdout.write(`${text}\n`);

const problems = await problemsWith([], [from, from + 1, from + 2]);
print(problems.length === 0 ? 'limits that are given are kept and used' : problems.join('\n'));
const tried = await trySourceMutants(sourceMutants, [1, 2]);
for (const { name, problems: found } of tried) print(`planted: ${name}: ${found[0] ?? 'NOT FOUND'}`);
const figures: SeedFigures[] = [];
for (let seed = from; seed < from + seeds; seed += 1) figures.push(await figuresOf(seed));
print(describeFigures(figures));
process.exitCode = problems.length === 0 && tried.every(({ problems: found }) => found.length > 0) ? 0 : 1;

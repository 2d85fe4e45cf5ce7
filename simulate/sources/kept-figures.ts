/**
 * Results of seeds, appended to a file of lines as they are made: a long campaign can be interrupted and
 * continued.
 */
import { appendFile, readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { figuresOf, type SeedFigures } from './figures.ts';

const Line = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    seed: v.number(),
    kind: v.picklist(['counts', 'works', 'collapses']),
    done: v.number(),
    best: v.number(),
    asked: v.number(),
    refused: v.number(),
    overloadEnded: v.optional(v.boolean()),
    quickestMs: v.optional(v.number()),
    closed: v.object({ read: v.number(), deadTooSoon: v.number(), problems: v.array(v.string()) }),
    hedged: v.optional(
      v.object({ p99: v.number(), p99Hedged: v.number(), asked: v.number(), done: v.number() }),
    ),
    faults: v.record(v.string(), v.number()),
  }),
);

/** The results of `seeds` seeds from `from` on. Without a file, nothing is kept. */
export async function keptFigures(
  file: string | undefined,
  from: number,
  seeds: number,
): Promise<SeedFigures[]> {
  const known = new Map<number, SeedFigures>();
  for (const line of file === undefined ? [] : await linesOf(file)) {
    // The last line may be incomplete if the campaign was killed.
    const { success, output } = v.safeParse(Line, line);
    if (!success) continue;
    const { overloadEnded, quickestMs, hedged } = output;
    known.set(output.seed, { ...output, overloadEnded, quickestMs, hedged });
  }
  const all: SeedFigures[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const figures = known.get(seed) ?? (await figuresOf(seed));
    if (file !== undefined && !known.has(seed)) await appendFile(file, `${JSON.stringify(figures)}\n`);
    all.push(figures);
  }
  return all;
}

async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n');
  return text.split('\n').filter((line) => line !== '');
}

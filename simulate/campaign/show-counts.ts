/** Prints how often each fault and branch occurred, as in the tables of docs/simulation.md. */
import { BRANCHES, type CounterName, type Counters, FAULTS } from '../oracle/counters.ts';

const PAIRS_IN_A_ROW = 3;

export function showCounts(counters: Counters): string {
  return [tableOf('fault', FAULTS, counters), tableOf('branch', BRANCHES, counters)].join('\n\n');
}

function tableOf(head: string, names: readonly CounterName[], counters: Counters): string {
  const height = Math.ceil(names.length / PAIRS_IN_A_ROW);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = Array.from({ length: height }, (_, at) =>
    row(
      columns(names, height).flatMap((column) => {
        const name = column[at];
        return name === undefined ? ['', ''] : [name, String(counters[name])];
      }),
    ),
  );
  const heads = Array.from({ length: PAIRS_IN_A_ROW }, () => [head, 'count']).flat();
  return [row(heads), row(heads.map(() => '---')), ...rows].join('\n');
}

function columns(names: readonly CounterName[], height: number): (readonly CounterName[])[] {
  return Array.from({ length: PAIRS_IN_A_ROW }, (_, at) => names.slice(at * height, (at + 1) * height));
}

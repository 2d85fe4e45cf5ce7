/** How often each fault and branch occurred, as the tables of docs/simulation.md. */
import { BRANCHES, type CounterName, type Counters, FAULTS } from '../oracle/counters.ts';

export function showCounts(counters: Counters): string {
  return [tableOf('fault', FAULTS, counters), tableOf('branch', BRANCHES, counters)].join('\n\n');
}

function tableOf(head: string, names: readonly CounterName[], counters: Counters): string {
  return [`| ${head} | count |`, '|---|---|', ...names.map((name) => `| ${name} | ${counters[name]} |`)].join(
    '\n',
  );
}

/** All results as one table for the terminal. */
import type { Terminal } from '../../local/report/terminal.ts';
import { renderTable } from '../../local/report/text-table.ts';
import type { Result } from '../results.ts';
import { figure } from './numbers.ts';

export function renderFigures(results: readonly Result[], terminal: Terminal): string {
  return renderTable(
    [
      { title: 'work' },
      { title: 'system' },
      { title: 'metric' },
      { title: 'median', align: 'right' },
      { title: 'min', align: 'right' },
      { title: 'max', align: 'right' },
      { title: 'runs', align: 'right' },
      { title: 'unit' },
    ],
    results.map(({ work, system, metric, unit, median, min, max, runs }) => [
      work,
      system,
      metric,
      figure(median),
      figure(min),
      figure(max),
      String(runs),
      unit,
    ]),
    terminal,
  ).join('\n');
}

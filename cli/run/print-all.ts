/** The results of all runs of a stack, one line each. */
import { terminalOf } from '../../local/report/terminal.ts';
import { renderTable } from '../../local/report/text-table.ts';

export interface EndedRun {
  readonly name: string;
  /** Undefined: a signal ended its process. */
  readonly status: number | undefined;
  /** The summary that the run wrote; undefined: it ended before that. */
  readonly summary: Readonly<Record<string, unknown>> | undefined;
}

const FIGURES = ['requests', 'readings', 'applied', 'skipped', 'outputs', 'deadLettered'] as const;
const TITLES = ['requests', 'readings', 'applied', 'skipped', 'outputs', 'dead letters'];

export function printAll(stack: string, ended: readonly EndedRun[]): void {
  const columns = [
    { title: 'pipeline' },
    ...TITLES.map((title) => ({ title, align: 'right' as const })),
    { title: 'exit status' },
  ];
  const rows = ended.map(({ name, status, summary }) => [
    name === '' ? stack : name,
    ...FIGURES.map((figure) => shown(summary?.[figure])),
    status === undefined ? 'a signal' : String(status),
  ]);
  console.log(
    `\nAll pipelines of ${stack}\n${renderTable(columns, rows, terminalOf(process.stdout)).join('\n')}`,
  );
}

function shown(figure: unknown): string {
  return typeof figure === 'number' ? figure.toLocaleString('en-US') : '-';
}

/** The sources in `weir status`: how much of each is read, and which are closed. */
import { formatCount, formatDuration } from '../../local/report/units.ts';
import type { SourceStatus, SourcesStatus } from '../../operate/sources.ts';
import type { Status } from '../../operate/status.ts';
import { printTable } from '../terminal/print.ts';

export function printSources({ sources: { shown, count, complete }, at }: Status): void {
  if (count === 0) return;
  const right = { align: 'right' } as const;
  printTable(
    [
      { title: 'source' },
      { title: 'reads/s', ...right },
      { title: 'at once', ...right },
      { title: 'refused', ...right },
      { title: 'state' },
    ],
    shown.map((source) => [
      source.name,
      rateOf(source),
      atOnce(source),
      `${formatCount(source.refused)} in ${formatDuration(at - source.since)}`,
      stateOf(source, at),
    ]),
  );
  const more = moreThan({ shown, count, complete });
  if (more !== '') console.log(`  ${more}`);
  console.log('');
}

function rateOf({ rate, adaptive }: SourceStatus): string {
  if (rate === undefined) return '';
  return `${Number(rate.toPrecision(3))}${adaptive ? ' found' : ''}`;
}

function atOnce({ concurrency, reading, adaptive }: SourceStatus): string {
  if (concurrency === undefined) return '';
  return `${formatCount(reading ?? 0)} of ${formatCount(concurrency)}${adaptive ? ' found' : ''}`;
}

function stateOf({ closedUntil }: SourceStatus, at: number): string {
  if (closedUntil === undefined) return 'open';
  const until = new Date(closedUntil).toISOString();
  return `closed until ${until} (${formatDuration(closedUntil - at)})`;
}

function moreThan({ shown, count, complete }: SourcesStatus): string {
  if (count === shown.length && complete) return '';
  return `${complete ? '' : 'at least '}${formatCount(count)} sources, ${formatCount(shown.length)} of them shown`;
}

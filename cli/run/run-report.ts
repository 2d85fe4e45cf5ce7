/** The results of a run: the report on the terminal, and the requested files. */
import type { Bill } from '../../local/bill/bill.ts';
import { renderBill } from '../../local/report/bill-table.ts';
import { renderBrief } from '../../local/report/brief.ts';
import type { RunRecord, Summary } from '../../local/report/run-record.ts';
import { renderTables } from '../../local/report/tables.ts';
import { terminalOf } from '../../local/report/terminal.ts';
import { buildTimeline } from '../../local/report/timeline.ts';
import { renderTimelinePage } from '../../local/report/timeline-html.ts';
import { renderTimelineSvg } from '../../local/report/timeline-svg.ts';
import { renderTextTimeline } from '../../local/report/timeline-text.ts';
import { saveFile } from '../terminal/output-file.ts';
import { shownPath, userPath } from '../terminal/paths.ts';

export interface RunFiles {
  readonly timeline: string;
  readonly svg?: string | undefined;
  readonly json?: string | undefined;
  /** Prints every table and the bill instead of the short report. */
  readonly verbose: boolean;
}

export type Reported = Summary & {
  readonly bill: Bill;
  /** Why the run ended before it was at rest, one reason of each kind. */
  readonly standstill?: readonly string[];
};

/** A run without requests has nothing to draw; only the JSON is written. */
export async function reportRun(record: RunRecord, summary: Reported, files: RunFiles): Promise<void> {
  if (record.requests > 0) await draw(record, summary, files);
  if (files.json !== undefined) {
    await save('The summary as JSON', files.json, `${JSON.stringify(summary, null, 2)}\n`);
  }
}

async function draw(record: RunRecord, summary: Reported, files: RunFiles): Promise<void> {
  const terminal = terminalOf(process.stdout);
  const timeline = buildTimeline(record);
  const report = files.verbose
    ? `Timeline\n${renderTextTimeline(timeline, terminal)}\n\n${renderTables(summary, record.items, terminal)}\n${renderBill(summary.bill, terminal)}`
    : renderBrief(record, summary, terminal);
  console.log(`\n${report}`);
  await save('The timeline as a page', files.timeline, renderTimelinePage(timeline, summary, record.items));
  if (files.svg !== undefined) {
    await save(
      'The timeline as a picture',
      files.svg,
      renderTimelineSvg(timeline, summary, { standalone: true }),
    );
  }
}

async function save(what: string, file: string, text: string): Promise<void> {
  await saveFile(userPath(file), text);
  console.log(`${what}: ${shownPath(file)}`);
}

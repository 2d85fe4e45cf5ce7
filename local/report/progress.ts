/**
 * The progress of a run. On a terminal it is one line that is redrawn in place; elsewhere a plain line every
 * five seconds, so a short run prints none. It has no timer: the caller calls `update` after a change and a few times a second.
 */
import type { Clock } from '../../functions/ports.ts';
import { fit, printable } from './printable.ts';
import { paint, type Terminal, terminalOf } from './terminal.ts';
import { formatCount, formatDuration } from './units.ts';

export interface ProgressStatus {
  /** Requests submitted, and requests that are finished: applied, skipped or dead-lettered. */
  readonly requests: number;
  readonly done: number;
  /** Readings applied so far. */
  readonly applied: number;
  /** Running reads and computations, and failed reads that wait for a retry. */
  readonly reading: number;
  readonly computing: number;
  /** Requests and readings set aside. */
  readonly dead: number;
  /** Failed attempts to process a message; absent where nothing can fail. */
  readonly failed?: number;
  /** No function is running: everything in flight waits. */
  readonly idle?: boolean;
}

export interface Progress extends Disposable {
  update(status: ProgressStatus): void;
  /** Prints a line of its own above the bar. */
  note(text: string): void;
  /** Leaves the last status on the screen and the cursor on a new line. Safe to call twice. */
  end(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 80;
const PLAIN_LINE_MS = 5_000;
const ERASE_TO_END = '\u001B[K';

export function createProgress(stream: ProgressStream, clock: Pick<Clock, 'now'>): Progress {
  const startedAt = clock.now();
  let drawnAt: number | undefined;
  let drawn: string | undefined;
  let latest: ProgressStatus | undefined;
  let ended = false;

  const draw = (status: ProgressStatus): void => {
    // Read each time: a terminal may be resized.
    const terminal = terminalOf(stream);
    const elapsedMs = clock.now() - startedAt;
    const line = terminal.interactive ? barLine(status, elapsedMs, terminal) : plainLine(status, elapsedMs);
    if (line !== drawn) stream.write(terminal.interactive ? `\r${line}${ERASE_TO_END}` : `${line}\n`);
    drawn = line;
    drawnAt = clock.now();
  };
  const due = (): boolean => {
    if (!terminalOf(stream).interactive) return clock.now() - (drawnAt ?? startedAt) >= PLAIN_LINE_MS;
    return drawnAt === undefined || clock.now() - drawnAt >= REDRAW_MS;
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    const { interactive } = terminalOf(stream);
    if (latest !== undefined && (interactive || drawn !== undefined)) draw(latest);
    if (interactive && drawn !== undefined) stream.write('\n');
  };
  return {
    update(status) {
      latest = status;
      if (!ended && due()) draw(status);
    },
    note(text) {
      const overBar = terminalOf(stream).interactive && drawn !== undefined && !ended;
      stream.write(overBar ? `\r${printable(text)}${ERASE_TO_END}\n${drawn}` : `${printable(text)}\n`);
    },
    end,
    [Symbol.dispose]: end,
  };
}

function barLine(status: ProgressStatus, elapsedMs: number, terminal: Terminal): string {
  const figures = figuresOf(status, elapsedMs);
  const percent = `${String(Math.floor(shareOf(status) * 100)).padStart(3)} %`;
  // One cell stays free: a full line would wrap and could not be redrawn.
  const room = terminal.columns - 1;
  const width = Math.min(BAR_CELLS_MAX, room - figures.length - percent.length - 3);
  if (width < BAR_CELLS_MIN) return fit(`${percent}  ${figures}`, room);
  const [full, empty] = bar(shareOf(status), width);
  return `${paint(terminal, 'green', full)}${paint(terminal, 'dim', empty)} ${percent}  ${figures}`;
}

const BAR_CELLS_MAX = 30;
const BAR_CELLS_MIN = 6;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(share: number, width: number): [string, string] {
  const eighths = Math.floor(share * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return [full, '░'.repeat(width - full.length)];
}

function plainLine(status: ProgressStatus, elapsedMs: number): string {
  return `${String(Math.floor(shareOf(status) * 100)).padStart(3)} %  ${figuresOf(status, elapsedMs)}`;
}

function figuresOf(status: ProgressStatus, elapsedMs: number): string {
  // A failed read that waits for a retry is in flight, like a running one.
  const { failed = 0, idle = false } = status;
  const doing = idle && status.reading > 0 ? 'waiting' : failed > 0 ? 'running or waiting' : 'running';
  return [
    `${formatCount(status.done)}/${formatCount(status.requests)} requests`,
    `${formatCount(status.applied)} applied`,
    `${status.reading} ${status.reading === 1 ? 'read' : 'reads'} ${doing}`,
    `${status.computing} computing`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(status.dead > 0 ? [`${formatCount(status.dead)} dead`] : []),
    formatDuration(elapsedMs),
  ].join(' · ');
}

function shareOf({ done, requests }: ProgressStatus): number {
  return requests === 0 ? 0 : Math.min(1, Math.max(0, done / requests));
}

/** A progress bar on standard error, which stays visible when the output is redirected. */
import { fit } from '../../local/report/printable.ts';
import { paint, terminalOf } from '../../local/report/terminal.ts';
import { formatCount } from '../../local/report/units.ts';

export interface RequestsProgress extends Disposable {
  update(done: number): void;
}

const BAR_CELLS_MAX = 30;
const REDRAW_MS = 80;

/**
 * Draws only on a terminal: the result tells the rest. Without a total it only counts; a total that is
 * exceeded was too small and grows.
 */
export function createRequestsProgress(total: number | undefined, noun: string): RequestsProgress {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: number | undefined;
  const draw = (done: number) => {
    const terminal = terminalOf(process.stderr);
    const end = Math.max(total ?? 0, done);
    const share = end === 0 ? 1 : done / end;
    const figures =
      total === undefined
        ? `${formatCount(done)} ${noun}`
        : `${Math.floor(share * 100)} %  ${formatCount(done)}/${formatCount(end)} ${noun}`;
    // One cell stays free: a full line would wrap and could not be redrawn.
    const cells =
      total === undefined ? 0 : Math.max(0, Math.min(BAR_CELLS_MAX, terminal.columns - figures.length - 2));
    const full = '█'.repeat(Math.floor(share * cells));
    const bar = paint(terminal, 'green', full) + paint(terminal, 'dim', '░'.repeat(cells - full.length));
    process.stderr.write(`\r${bar} ${fit(figures, terminal.columns - 2)}\u001B[K`);
    drawnAt = performance.now();
  };
  return {
    update(done) {
      latest = done;
      if (terminalOf(process.stderr).interactive && performance.now() - drawnAt >= REDRAW_MS) draw(done);
    },
    [Symbol.dispose]() {
      if (!terminalOf(process.stderr).interactive || latest === undefined) return;
      draw(latest);
      process.stderr.write('\n');
    },
  };
}

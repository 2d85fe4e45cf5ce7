/** A bar of requests on the terminal's error stream, so that it is seen while the output goes elsewhere. */
import { fit } from '../local/report/printable.ts';
import { paint, terminalOf } from '../local/report/terminal.ts';
import { formatCount } from '../local/report/units.ts';

export interface RequestsProgress extends Disposable {
  update(done: number): void;
}

const BAR_CELLS = 30;
const REDRAW_MS = 80;

/** Anything but a terminal gets nothing: the result says what was done. */
export function createRequestsProgress(total: number, noun: string): RequestsProgress {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: number | undefined;
  const draw = (done: number) => {
    const terminal = terminalOf(process.stderr);
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const full = '█'.repeat(Math.floor(share * BAR_CELLS));
    const bar = paint(terminal, 'green', full) + paint(terminal, 'dim', '░'.repeat(BAR_CELLS - full.length));
    const figures = `${Math.floor(share * 100)} %  ${formatCount(done)}/${formatCount(total)} ${noun}`;
    process.stderr.write(`\r${bar} ${fit(figures, terminal.columns - BAR_CELLS - 2)}\u001B[K`);
    drawnAt = performance.now();
  };
  return {
    update(done) {
      latest = done;
      if (process.stderr.isTTY && performance.now() - drawnAt >= REDRAW_MS) draw(done);
    },
    [Symbol.dispose]() {
      if (!process.stderr.isTTY || latest === undefined) return;
      draw(latest);
      process.stderr.write('\n');
    },
  };
}

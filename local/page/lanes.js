/** Arranges observations in lanes without overlaps, on a time axis that shortens pauses. */
const PAUSE_MS = 2_000;
const PAUSE_SHOWN_MS = 300;
/**
 * Observations with a duration. Others (a failure, a source) are not bars, nor are kinds that this page does
 * not know.
 */
const DRAWN = new Set(['read', 'compute', 'commit', 'write']);

/** `until`: minimum end of the axis. Times are epoch milliseconds. */
export function layOut(observations, until) {
  const bars = observations.filter(({ kind }) => DRAWN.has(kind));
  const reads = laneOut(bars.filter(({ kind }) => kind === 'read'));
  const keys = new Map();
  for (const bar of bars) {
    if (bar.kind === 'read') continue;
    const track = keys.get(bar.key) ?? {
      key: bar.key,
      compute: [],
      commit: [],
      write: [],
      readings: 0,
      busyMs: 0,
    };
    keys.set(bar.key, track);
    track[bar.kind].push(bar);
    // Committed readings only: a fold may be repeated.
    if (bar.committed !== undefined) track.readings += takenIn(bar.committed);
    if (bar.kind !== 'compute') continue;
    track.busyMs += bar.end - bar.start;
  }
  return { bars, reads, keys: [...keys.values()], axis: createAxis(bars, until) };
}

function takenIn({ applied, skipped, dead }) {
  return applied + skipped + dead;
}

/** Greedy: each bar goes on the first free lane, so there are no more lanes than bars at once. */
export function laneOut(bars) {
  const lanes = [];
  for (const bar of [...bars].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const free = lanes.find((lane) => lane.at(-1).end <= bar.start);
    if (free === undefined) lanes.push([bar]);
    else free.push(bar);
  }
  return lanes;
}

/** Periods with activity, one after another; long pauses between them are shortened. */
function createAxis(bars, until) {
  const stretches = [];
  for (const { start, end } of [...bars].sort((a, b) => a.start - b.start)) {
    const last = stretches.at(-1);
    if (last !== undefined && start - last.to < PAUSE_MS) last.to = Math.max(last.to, end);
    else stretches.push({ from: start, to: end });
  }
  const last = stretches.at(-1);
  if (last === undefined) return { stretches: [], span: 1, from: 0, shownAt: () => 0 };
  if (until > last.to) last.to = Math.min(until, last.to + PAUSE_MS);
  let shown = 0;
  for (const [index, stretch] of stretches.entries()) {
    stretch.shown = shown;
    // The length of the pause before it, which the axis shows.
    stretch.leftOutMs = index === 0 ? 0 : stretch.from - stretches[index - 1].to;
    shown += stretch.to - stretch.from + PAUSE_SHOWN_MS;
  }
  const span = Math.max(1, shown - PAUSE_SHOWN_MS);
  const shownAt = (ms) => {
    const stretch = stretches.findLast(({ from }) => from <= ms) ?? stretches[0];
    return stretch.shown + Math.max(0, Math.min(ms, stretch.to) - stretch.from);
  };
  return { stretches, span, from: stretches[0].from, shownAt };
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5,
];

/** Round times since the first bar, each at its place on the axis. */
export function ticksOf({ stretches, span, from, shownAt }, ticksMax) {
  const step = STEPS_MS.find((each) => span / each <= ticksMax) ?? STEPS_MS.at(-1);
  return stretches.flatMap((stretch) => {
    const ticks = [];
    const first = Math.ceil((stretch.from - from) / step) * step;
    for (let ms = first; ms <= stretch.to - from; ms += step) {
      ticks.push({ at: shownAt(from + ms), label: labelOf(ms, step) });
    }
    return ticks;
  });
}

function labelOf(ms, step) {
  if (ms >= 60_000) {
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
  return step < 100 && ms < 1000 ? `${ms} ms` : `${Number((ms / 1000).toFixed(2))} s`;
}

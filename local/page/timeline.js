/**
 * The picture: reads at the top, in as many lanes as there were reads at once; below, a track for each key,
 * one computation at a time.
 */
import { laneOut, layOut, ticksOf } from './lanes.js';
import { cut, formatCount, formatCountOf, formatDuration, printable } from './text.js';

const READS_HEIGHT = 150;
const TRACK = 24;
const TITLE = 24;
const AXIS = 24;
const MARK = 16;
const COMPUTE_WIDTH_MIN = 2.5;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

/** What page.html says before there is a bar. */
const NOTHING = 'Nothing yet.';
const POINT = 'Point at a bar to see what it is.';

/** `pointed` receives the text for the bar under the pointer. */
export function createTimeline(canvas, pointed) {
  const context = canvas.getContext('2d');
  let hits = [];
  canvas.addEventListener('pointermove', ({ offsetX: x, offsetY: y }) => {
    const hit = hits.findLast(
      (each) => x >= each.x - 1 && x <= each.x + each.width + 1 && y >= each.y && y <= each.y + each.height,
    );
    if (hit !== undefined) pointed.textContent = tell(hit.bar);
  });
  return (observations, until) => {
    const layout = layOut(observations, until);
    canvas.hidden = layout.bars.length === 0;
    if (canvas.hidden) return;
    if (pointed.textContent === NOTHING) pointed.textContent = POINT;
    const plan = planOf(layout, canvas.clientWidth);
    resize(canvas, context, plan);
    hits = draw(context, layout, plan, coloursOf(canvas));
    canvas.setAttribute('aria-label', describe(layout, plan));
    showLegend(canvas, hits);
  };
}

/** Only what is in the picture. */
function showLegend(canvas, hits) {
  const drawn = new Set(hits.map(({ bar }) => (isFailed(bar) ? 'failed' : bar.kind)));
  for (const entry of canvas.parentElement.querySelectorAll('.legend li')) {
    entry.hidden = !drawn.has(entry.className);
  }
}

function planOf({ bars, reads, keys, axis }, width) {
  const narrow = width < 560;
  const left = narrow ? 84 : 150;
  const right = width - (narrow ? 40 : 52);
  const pitch = Math.min(10, READS_HEIGHT / Math.max(1, reads.length));
  // The busiest keys, in the order in which they came: rows that change places are hard to follow.
  const busiest = new Set([...keys].sort((a, b) => b.busyMs - a.busyMs).slice(0, narrow ? 8 : 14));
  const shown = keys.filter((track) => busiest.has(track));
  const marks = marksOf(bars);
  const readsTop = marks.length * MARK + TITLE;
  const keysTop = readsTop + Math.max(1, reads.length) * pitch + 8 + TITLE;
  const hidden = keys.length - shown.length;
  const bottom = keysTop + Math.max(1, shown.length) * TRACK + (hidden > 0 ? 18 : 0);
  const toX = (ms) => left + (axis.shownAt(ms) / axis.span) * (right - left);
  return {
    width,
    height: bottom + AXIS + (axis.stretches.length > 1 ? 14 : 0),
    marks,
    left,
    right,
    pitch,
    shown,
    hidden,
    readsTop,
    keysTop,
    bottom,
    toX,
    from: axis.from,
  };
}

function resize(canvas, context, { width, height }) {
  const scale = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
}

function coloursOf(canvas) {
  const style = getComputedStyle(canvas);
  const names = ['line', 'track', 'text', 'muted', 'read', 'failed', 'compute', 'commit', 'write'];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function draw(context, layout, plan, colours) {
  const { left, readsTop, keysTop, pitch, shown, hidden, toX } = plan;
  const hits = [];
  const text = (words, x, y, { colour = colours.text, align = 'left', font = '12px' } = {}) => {
    context.font = `${font} ${FONT}`;
    context.fillStyle = colour;
    context.textAlign = align;
    context.fillText(words, x, y);
  };
  const bar = (each, y, height, widthMin = 1) => {
    const x = toX(each.start);
    const width = Math.max(widthMin, toX(each.end) - x);
    context.fillStyle = colours[isFailed(each) ? 'failed' : each.kind];
    context.fillRect(x, y, width, height);
    hits.push({ x, y, width, height, bar: each });
  };
  const title = (words, note, y) => {
    text(words, 0, y, { font: '600 13px' });
    const x = context.measureText(words).width + 8;
    text(note, x, y, { colour: colours.muted });
  };
  drawAxis(context, layout.axis, plan, colours, text);
  title(
    'Reads overlap',
    layout.reads.length === 0 ? '' : `up to ${formatCount(layout.reads.length)} at once`,
    readsTop - 10,
  );
  layout.reads.forEach((lane, index) => {
    for (const each of lane)
      bar(each, readsTop + index * pitch, Math.max(0.6, pitch - Math.min(2, pitch * 0.25)));
  });
  title('Each key computes single file', formatCountOf(layout.keys.length, 'key'), keysTop - 10);
  shown.forEach((track, index) => {
    const y = keysTop + index * TRACK;
    context.fillStyle = colours.track;
    context.fillRect(left, y, plan.right - left, TRACK - 4);
    text(fit(context, track.key, left - 10), left - 10, y + 14, { align: 'right' });
    text(formatCount(track.readings), plan.right + 6, y + 14, { colour: colours.muted, font: '11px' });
    drawTrack(track, y, bar);
  });
  if (hidden > 0) {
    const y = keysTop + shown.length * TRACK + 12;
    text(`and ${formatCountOf(hidden, 'more key')}`, left, y, { colour: colours.muted });
  }
  drawMarks(context, plan, colours, text);
  return hits;
}

/** The key, cut to this many pixels. */
function fit(context, key, width) {
  context.font = `12px ${FONT}`;
  for (let length = 40; length > 1; length -= 1) {
    const short = cut(key, length);
    if (context.measureText(short).width <= width) return short;
  }
  return '…';
}

/** A second lane of computations would show that they overlapped. */
function drawTrack({ compute, commit, write }, y, bar) {
  for (const each of commit) bar(each, y + 13, 4);
  for (const each of write) bar(each, y + 17, 3);
  // Drawn over the commits, and never as thin as a hairline, because the picture is about the computations.
  const lanes = laneOut(compute);
  lanes.forEach((lane, index) => {
    for (const each of lane) bar(each, y + (index * 17) / lanes.length, 17 / lanes.length, COMPUTE_WIDTH_MIN);
  });
}

/** When the first reading arrived and when the first computation began. */
function marksOf(bars) {
  const first = (what, times) =>
    times.length === 0 ? [] : [{ what, at: times.reduce((a, b) => Math.min(a, b)) }];
  const done = ({ kind, outcome, readings }) => kind === 'read' && outcome === 'done' && readings > 0;
  return [
    ...first(
      'first reading',
      bars.filter(done).map(({ end }) => end),
    ),
    ...first(
      'first computation',
      bars.filter(({ kind }) => kind === 'compute').map(({ start }) => start),
    ),
  ];
}

/**
 * A line through the reads and one through the tracks, never through a title; the name is next to it, above.
 */
function drawMarks(context, { marks, width, readsTop, keysTop, bottom, toX, from }, colours, text) {
  context.strokeStyle = colours.muted;
  context.setLineDash([3, 3]);
  marks.forEach(({ what, at }, index) => {
    const x = Math.round(toX(at)) + 0.5;
    line(context, x, readsTop, keysTop - TITLE - 2);
    line(context, x, keysTop, bottom);
    const label = `${what} ${formatDuration(at - from)}`;
    context.font = `11px ${FONT}`;
    const align = x + 5 + context.measureText(label).width > width ? 'right' : 'left';
    text(label, x + (align === 'right' ? -5 : 5), 11 + index * MARK, { align, font: '11px' });
    line(context, x, index * MARK + 2, index * MARK + MARK - 2);
  });
  context.setLineDash([]);
}

function drawAxis(context, axis, { left, right, readsTop, bottom, width }, colours, text) {
  const scale = (right - left) / axis.span;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  let free = 0;
  for (const { at, label } of ticksOf(axis, (right - left) / 70)) {
    const x = Math.round(left + at * scale) + 0.5;
    if (x < free || x > width - 14) continue;
    free = x + 46;
    line(context, x, readsTop, bottom + 4);
    text(label, x, bottom + 18, { colour: colours.muted, align: 'center', font: '11px' });
  }
  // Where the axis leaves out a pause.
  free = left;
  context.setLineDash([2, 3]);
  context.strokeStyle = colours.muted;
  for (const { shown, leftOutMs } of axis.stretches.slice(1)) {
    const x = left + (shown - 150) * scale;
    line(context, x, readsTop, bottom + 4);
    if (x < free) continue;
    free = x + 110;
    text(`${formatDuration(leftOutMs)} left out`, x, bottom + 32, {
      colour: colours.muted,
      align: 'center',
      font: '11px',
    });
  }
  context.setLineDash([]);
}

function line(context, x, from, to) {
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, to);
  context.stroke();
}

function isFailed({ outcome = 'done' }) {
  return outcome === 'failed' || outcome === 'dead' || outcome === 'conflict';
}

function tell(bar) {
  const { kind, start, end, outcome, request, key, version, readings, outputs } = bar;
  const what = [
    `${kind} ${cut(request ?? key, 80)}`,
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(readings === undefined ? [] : [formatCountOf(readings, 'reading')]),
    ...(outputs === undefined ? [] : [formatCountOf(outputs, 'output')]),
    ...(outcome === undefined ? [] : [outcome]),
    formatDuration(end - start),
  ];
  return what.join(', ');
}

function describe({ bars, reads, keys }, { shown }) {
  if (bars.length === 0) return 'Timeline, nothing yet';
  const named = shown.map(({ key, readings }) => `${printable(key)} ${formatCountOf(readings, 'reading')}`);
  return `Timeline: up to ${formatCountOf(reads.length, 'read')} at once; ${formatCountOf(keys.length, 'key')}, each single file: ${named.join(', ')}`;
}

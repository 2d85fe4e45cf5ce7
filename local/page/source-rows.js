/** The limits of each source, and the sources that are closed. */
import { createRows, element, setText } from './rows.js';
import { formatCount, formatCountOf, formatDuration, formatTime, printable } from './text.js';

const byId = (id) => document.getElementById(id);

export function createSources() {
  const rows = createRows(byId('sources').tBodies[0], ({ name }) => name, sourceRow);
  return ({ count, shown }, at) => {
    byId('sources-card').hidden = count === 0;
    const closed = shown.filter(({ closedUntil }) => closedUntil > at).length;
    const more = count > shown.length ? `, ${formatCount(shown.length)} of them shown` : '';
    const state = closed === 0 ? 'none is closed' : `${formatCount(closed)} closed`;
    setText(byId('sources-note'), `${formatCountOf(count, 'source')}${more}; ${state}.`);
    rows(shown.map((source) => ({ ...source, at })));
  };
}

function sourceRow({ name }) {
  const badge = element('span', { className: 'badge' });
  const why = element('span', { className: 'sub why' });
  const numbers = ['reads/s', 'at once', 'refused', 'given back'].map((label) =>
    element('td', { className: 'number', label }),
  );
  const node = element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('span', { text: printable(name) }), badge, why),
    ...numbers,
  );
  const update = ({ rate, concurrency, refused, givenBack, closedUntil, alone, at }) => {
    badge.hidden = closedUntil <= at;
    setText(badge, badge.hidden ? '' : closing(closedUntil, closedUntil - at));
    why.hidden = alone === undefined;
    setText(why, alone === undefined ? '' : printable(`read without the others: ${alone}`));
    const limits = [rate, concurrency].map((limit) => (limit === null ? 'no limit' : String(limit)));
    [...limits, ...[refused, givenBack].map(formatCount)].forEach((text, index) => {
      setText(numbers[index], text);
    });
  };
  return { node, update };
}

function closing(until, forMs) {
  const wholeSeconds = 1000 * Math.ceil(forMs / 1000);
  return `closed until ${formatTime(until)}, for ${formatDuration(wholeSeconds).replace('.0 s', ' s')}`;
}

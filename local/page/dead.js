/**
 * Dead letters, in groups with the same reason and one by one. They can be redriven or discarded for good.
 */
import { button, createRows, element, setText } from './rows.js';
import { formatCount, formatCountOf, formatDuration, formatTime, pretty, printable } from './text.js';

const byId = (id) => document.getElementById(id);
const bodyOf = (id) => byId(id).tBodies[0];

export function createDead(act, load) {
  const rows = createRows(
    bodyOf('dead'),
    ({ id }) => id,
    (first) => deadRow(first, act, load),
  );
  const reasonRows = createRows(
    bodyOf('reasons'),
    ({ place, reason }) => `${place} ${reason}`,
    (first) => reasonRow(first, act),
  );
  return ({ count, reasons, letters }, failedOutputs, at) => {
    const more = count > letters.length ? ` The newest ${formatCount(letters.length)} are shown.` : '';
    const outputs =
      failedOutputs === 0
        ? ''
        : ` Also ${formatCount(failedOutputs)} ${failedOutputs === 1 ? 'batch' : 'batches'} of undelivered outputs: see "npx weir dead list".`;
    setText(
      byId('dead-note'),
      (count === 0 ? 'None.' : `${formatCountOf(count, 'dead letter')}.${more}`) + outputs,
    );
    byId('dead').hidden = count === 0;
    byId('reasons').hidden = count < 2;
    const all =
      reasons.length > 1 ? [{ place: 'all', reason: 'All of them', count: count + failedOutputs }] : [];
    reasonRows(count < 2 ? [] : [...reasons, ...all]);
    rows(letters.map((letter) => ({ ...letter, at })));
  };
}

/** Letters with the same reason, or all letters: redriven or discarded together. */
function reasonRow({ place, reason }, act) {
  const isAll = place === 'all';
  const about = isAll ? { all: true } : { place, reason };
  const number = element('td', { className: 'number', label: 'dead letters' });
  const redrive = button('Redrive', '', (self) => act(self, 'redrive', about));
  const discard = button('Discard', '', (self) => act(self, 'discard', about));
  const node = element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row', text: printable(reason) },
      element('span', { className: 'sub', text: isAll ? '' : place }),
    ),
    number,
    element('td', {}, element('div', { className: 'actions' }, redrive, discard)),
  );
  const update = ({ count }) => {
    setText(number, formatCount(count));
    const which = `${formatCountOf(count, 'dead letter')}${isAll ? '' : `: ${printable(reason)}`}`;
    redrive.setAttribute('aria-label', `Redrive ${which}`);
    discard.setAttribute('aria-label', `Discard ${which}`);
  };
  return { node, update };
}

function deadRow(letter, act, load) {
  const { id, place, stage, reason, attempts, request, sentAt } = letter;
  const name = printable(request ?? id);
  const title = element('p', { className: 'sub' });
  const pre = element('pre', { tabindex: '0', 'aria-label': `The content of the dead letter of ${name}` });
  const content = element('div', {}, title, pre);
  content.hidden = true;
  const show = button('Show', `Show what the dead letter of ${name} holds`, async () => {
    if (content.hidden) {
      const shown = await load(id);
      setText(title, printable(shown.title));
      setText(pre, printable(pretty(shown.text), { keepLines: true }));
    }
    content.hidden = !content.hidden;
    const word = content.hidden ? 'Show' : 'Hide';
    setText(show, word);
    show.setAttribute('aria-label', `${word} what the dead letter of ${name} holds`);
  });
  const redrive = button('Redrive', `Redrive ${name}`, (self) => act(self, 'redrive', { id }));
  const discard = button('Discard', `Discard the dead letter of ${name}`, (self) =>
    act(self, 'discard', { id }),
  );
  const age = element('td', { className: 'number', label: 'age', title: formatTime(sentAt) });
  const node = element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row', text: printable(stage) },
      element('span', { className: 'sub', text: place }),
    ),
    element('td', {}, element('span', { className: 'why', text: printable(reason) }), content),
    element('td', { text: name }, element('span', { className: 'sub', text: printable(aboutOf(letter)) })),
    element('td', { className: 'number', text: formatCount(attempts), label: 'attempts' }),
    age,
    element('td', {}, element('div', { className: 'actions' }, show, redrive, discard)),
  );
  const update = ({ at }) =>
    setText(age, sentAt === undefined ? '' : formatDuration(Math.max(0, at - sentAt)));
  return { node, update };
}

/** The key of a letter, its size, and the request from which it was edited. */
function aboutOf({ place, key, holds, partial, editedFrom }) {
  const merged = partial === undefined ? '' : ', as a partial';
  return [
    ...(key === undefined ? [] : [key]),
    ...(place === 'readings' ? [formatCountOf(holds, 'reading') + merged] : []),
    ...(editedFrom === undefined ? [] : [`edited from ${editedFrom}`]),
  ].join(', ');
}

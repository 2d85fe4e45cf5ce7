/** The sections of the page below the picture, each a function of its part of the data. */
import { button, createRows, element, plainRow, setText } from './rows.js';
import { formatCount, formatCountOf, formatDuration, formatUsd, pretty, printable } from './text.js';

const byId = (id) => document.getElementById(id);
const bodyOf = (id) => byId(id).tBodies[0];

export function createFigures() {
  const rows = createRows(
    byId('figures'),
    ({ name }) => name,
    ({ name }) => {
      const value = element('dd');
      const node = element('div', {}, element('dt', { text: name }), value);
      const update = ({ shown, bad = false }) => {
        setText(value, shown);
        node.classList.toggle('bad', bad);
      };
      return { node, update };
    },
  );
  return ({ submitted, queues, bill }, keys, dead) => {
    const waiting = queues[0].visible + queues[0].inFlight + queues[0].delayed;
    rows([
      { name: 'requests submitted', shown: formatCount(submitted) },
      { name: 'requests waiting', shown: formatCount(waiting) },
      { name: 'readings applied', shown: formatCount(keys.applied) },
      { name: 'skipped', shown: formatCount(keys.skipped) },
      { name: 'parked', shown: formatCount(keys.parked) },
      { name: 'stopped keys', shown: formatCount(keys.stopped), bad: keys.stopped > 0 },
      { name: 'dead letters', shown: formatCount(dead.count), bad: dead.count > 0 },
      ...(bill === undefined ? [] : [{ name: 'USD so far', shown: formatUsd(bill.totalUsd) }]),
    ]);
  };
}

export function createQueues() {
  const labels = ['queue', 'visible', 'in flight', 'oldest'];
  const age = (seconds) => (seconds === undefined ? '' : formatDuration(seconds * 1000));
  const cells = ({ name, visible, inFlight, delayed, oldestAgeSeconds }) => [
    name,
    formatCount(visible + delayed),
    formatCount(inFlight),
    age(oldestAgeSeconds),
  ];
  return createRows(bodyOf('queues'), ({ name }) => name, plainRow(labels, cells));
}

export function createCalls() {
  const calls = createRows(
    bodyOf('calls'),
    ([operation]) => operation,
    plainRow(['operation', 'calls'], ([operation, count]) => [operation, formatCount(count)]),
  );
  const bill = createRows(
    bodyOf('bill'),
    ({ title, detail }) => `${title}\n${detail}`,
    plainRow(['billed', 'quantity', 'USD'], ({ title, detail, quantity, usd }) => [
      `${title}, ${detail}`,
      quantity.toLocaleString('en-US', { maximumFractionDigits: 3 }),
      formatUsd(usd),
    ]),
  );
  return (status) => {
    calls(status.calls);
    byId('cost').hidden = status.bill === undefined;
    bill(status.bill?.lines ?? []);
    byId('bill').hidden = !status.bill?.lines.length;
    if (status.bill !== undefined) setText(byId('cost-note'), costs(status.bill));
  };
}

function costs({ totalUsd, perMillionUsd }) {
  return `On AWS this would be ${formatUsd(totalUsd)} USD so far, ${perMillionUsd.toFixed(2)} USD per million readings.`;
}

export function createKeys(act) {
  const rows = createRows(
    bodyOf('keys'),
    ({ key }) => key,
    (first) => keyRow(first, act),
  );
  return (part, deadByKey) => {
    const deadOf = new Map(deadByKey);
    const { count, stopped, shown } = part;
    const more = count > shown.length ? `, ${formatCount(shown.length)} of them shown` : '';
    const standing = stopped === 0 ? 'none is stopped' : `${formatCount(stopped)} stopped`;
    setText(
      byId('keys-note'),
      count === 0 ? 'None yet.' : `${formatCountOf(count, 'key')}${more}; ${standing}.`,
    );
    byId('keys').hidden = count === 0;
    rows(shown.map((key) => ({ ...key, deadNow: deadOf.get(key.key) ?? 0 })));
  };
}

function keyRow({ key }, act) {
  const name = printable(key);
  const badge = element('span', { className: 'badge', text: 'stopped' });
  const why = element('span', { className: 'sub why' });
  const resume = button('Resume', `Resume ${name}`, (self) => act(self, 'resume', { key }));
  const skip = button('Skip the reading', `Skip the reading at fault of ${name}`, (self) =>
    act(self, 'skip', { key }),
  );
  const actions = element('div', { className: 'actions' }, resume, skip);
  const labels = ['version', 'applied', 'skipped', 'set aside', 'dead now', 'parked'];
  const numbers = labels.map((label) => element('td', { className: 'number', label }));
  const summary = element('summary');
  const pre = element('pre', { tabindex: '0' });
  const node = element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('span', { text: name }), badge, why, actions),
    ...numbers,
    element('td', {}, element('details', {}, summary, pre)),
  );
  const update = ({ version, counts, deadNow, parked, stopped, waiting, state, stateLength }) => {
    for (const part of [badge, actions]) {
      if (stopped === undefined && part.contains(document.activeElement)) byId('keys-title').focus();
      part.hidden = stopped === undefined;
    }
    why.hidden = (stopped ?? waiting) === undefined;
    setText(why, printable(stopped ?? waiting ?? ''));
    [version, counts.applied, counts.skipped, counts.dead, deadNow, parked].forEach((count, index) => {
      setText(numbers[index], formatCount(count));
    });
    const rest =
      stateLength > state.length ? `\n… ${formatCount(stateLength - state.length)} more characters` : '';
    setText(summary, printable(state.slice(0, 80)));
    setText(pre, printable(pretty(state), { keepLines: true }) + rest);
  };
  return { node, update };
}

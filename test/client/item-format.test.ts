/** Compares docs/item-format.md with the items that are written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../functions/aws/dynamo-items.ts';
import { encodePage } from '../../functions/aws/receipt-pages.ts';
import { encodeDead, encodeParked } from '../../functions/aws/set-aside-items.ts';
import { ITEM_FORMAT } from '../../functions/state.ts';
import { buildItem } from '../item-builder.ts';

const doc = readFileSync(join(import.meta.dirname, '../../docs/item-format.md'), 'utf8');
const [ofState = '', ofOthers = ''] = doc.split('## What is promised');
const documented = [...ofState.matchAll(/^\| `(\w+)` \| (string|number|binary) \|/gm)].map(
  ([, name, type]) => `${name} ${type}`,
);

const TYPES: Readonly<Record<string, string>> = { S: 'string', N: 'number', B: 'binary' };
const typesOf = (item: object) =>
  Object.entries(item).map(([name, value]) => `${name} ${TYPES[Object.keys(value)[0] ?? '']}`);

/** One that has everything that an item can have. */
const full = buildItem({
  stateVersion: 2,
  forgotten: { version: 1, at: 1, after: 'begin' },
  history: [{ word: 'forget', version: 1, at: 1, id: 'i', reason: 'why' }],
  receipts: ['A'.repeat(16)],
  pages: 1,
  pagesSentAt: 1,
  counts: { applied: 1, skipped: 1, dead: 1 },
  lastSkip: 'why',
  next: { sequence: 2, chunk: 0 },
  parked: 1,
  parkedFirst: '1',
  stopped: { receipt: 'r', index: 0, reason: 'why' },
  waiting: { sequence: 2, chunk: 0, since: 1, until: 2 },
  gapTimer: { id: 'w', from: 2 },
  open: [{ request: 'r', read: 'f' }],
  partly: [{ receipt: 'r', count: 1 }],
  wakes: [{ tag: 't', at: 1, id: 'w', from: 1 }],
  commits: [
    { version: 1, at: 1, requests: [], others: 0, applied: 1, skipped: 0, dead: 0, woken: 0, outputs: 0 },
  ],
  waking: { set: [{ id: 'w', tag: 't', at: 1 }], cancel: [] },
  outputs: ['1'],
  chains: [{ outputs: 1, chain: '1/9999/all/1/0' }],
  traces: [
    {
      outputs: 1,
      trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1' },
    },
  ],
});

test('every attribute of a state item is in docs/item-format.md with its type, and no other', () => {
  const written = new Set([
    ...typesOf(encodeItem(full)),
    ...typesOf(encodeItem({ ...full, state: undefined, parked: 0, stopped: undefined })),
  ]);
  expect(documented.toSorted()).toEqual([...written].sort());
  expect(doc).toContain(`Format ${ITEM_FORMAT}.`);
});

test('every attribute of the other items is in docs/item-format.md', () => {
  const page = { key: 'k', lineage: 'l', page: 1, sentAt: 1, before: 0, receipts: [] };
  const parked = { place: '1', messageId: 'm', body: '{}', sentAt: 1, attempts: 1 };
  const dead = { key: 'k', id: 'i', body: '', group: 'g', reason: 'why', attempts: 1, sentAt: 1 };
  const items = [encodePage(page), encodeParked('k', 'l', parked), encodeDead({ ...dead, stage: 'compute' })];
  const names = new Set(items.flatMap((item) => Object.keys(item)));
  for (const name of ['pk', 'sk']) names.delete(name);
  expect([...names].filter((name) => !ofOthers.includes(`\`${name}\``))).toEqual([]);
});

test('a bare item holds only the attributes that docs/item-format.md calls required', () => {
  const bare = encodeItem(buildItem({ counts: { applied: 0, skipped: 0, dead: 0 } }));
  expect(Object.keys(bare).toSorted()).toEqual(
    [
      'pk',
      'sk',
      'format',
      'lineage',
      'version',
      'state',
      'sequenceNumber',
      'sentAt',
      'applied',
      'receipts',
    ].sort(),
  );
  expect(decodeItem(bare)).toMatchObject({ counts: { applied: 0, skipped: 0, dead: 0 }, parked: 0 });
});

/** Planted bugs. Receipts and their pages, which show what was applied. */
import type { Mutant } from './mutant.ts';

const STORE = 'functions/aws/dynamo-state-store.ts';
const DRAFT = 'functions/compute/draft.ts';
const FINISH = 'functions/compute/finish-draft.ts';
const PROOF = 'functions/compute/proof.ts';
const REPEATS = 'functions/compute/repeats.ts';
const IDS = 'functions/message-ids.ts';

export const receipts: readonly Mutant[] = [
  {
    name: 'no receipts',
    why: 'what SQS let through a second time counts twice',
    file: PROOF,
    find: 'return draft.held.has(receipt) || known.receipts.has(receipt);',
    replace: 'return known.receipts.has(receipt);',
  },
  {
    name: 'no receipts of this batch',
    why: 'two copies of a message in one batch count twice',
    file: DRAFT,
    find: '  draft.held.add(receipt);',
    replace: '',
  },
  {
    name: 'no look into the pages',
    why: 'a repeat counts twice once its receipt has left the item',
    file: PROOF,
    find: 'return draft.held.has(receipt) || known.receipts.has(receipt);',
    replace: 'return draft.held.has(receipt);',
  },
  {
    name: 'receipts kept by count',
    why: 'the reach of the receipts shrinks to seconds on a busy key',
    file: FINISH,
    find: '[...(base?.receipts ?? []), ...draft.receipts] : draft.receipts,',
    replace: '[...(base?.receipts ?? []), ...draft.receipts].slice(-3) : draft.receipts,',
  },
  {
    name: 'page never written',
    why: 'receipts that leave the item are gone',
    file: STORE,
    find: 'if (commit.page !== undefined) await',
    replace: 'if (commit.page === null) await',
  },
  {
    name: 'page read eventually',
    why: 'the newest receipts may be missing from an eventually consistent read',
    file: STORE,
    find: 'ScanIndexForward: false,',
    replace: 'ScanIndexForward: false, ConsistentRead: false,',
  },
  {
    name: 'seen pages not extended',
    why: 'the environment believes it knows a page that it never saw',
    file: REPEATS,
    find: 'for (const receipt of base.receipts) seen.receipts.add(receipt);',
    replace: '',
  },
  {
    name: 'pages seen to the wrong depth',
    why: 'receipts sent before the newest suspect are taken as seen',
    file: REPEATS,
    find: 'upTo: item.pages, since: from };',
    replace: 'upTo: item.pages, since };',
  },
  {
    name: 'suspect after ten minutes',
    why: 'repeats between five and ten minutes are not looked up',
    file: REPEATS,
    find: '> DEDUPLICATION_WINDOW_MS - CLOCK_MARGIN_MS',
    replace: '> 2 * DEDUPLICATION_WINDOW_MS',
  },
  {
    name: 'receipt of the request only',
    why: 'the second message of a request passes for a repeat of the first',
    file: IDS,
    find: "message.kind === 'readings' ? String(message.chunk) : message.kind]",
    replace: "''];",
  },
];

/**
 * Planted bugs. Proof: messages that are acknowledged although neither a receipt nor the item shows that they
 * were processed.
 */
import type { Mutant } from './mutant.ts';

const ORDERING = 'functions/compute/ordering.ts';
const VERDICT = 'functions/compute/verdict.ts';
const PROOF = 'functions/compute/proof.ts';
const REPEATS = 'functions/compute/repeats.ts';
const STORE = 'functions/aws/dynamo-state-store.ts';
const CHECK_PAGES = 'functions/compute/check-pages.ts';
const STEP = 'functions/compute/commit-step.ts';
const WORDS = 'functions/compute/operator-words.ts';

export const proof: readonly Mutant[] = [
  {
    name: 'a low number is a redelivery',
    why: 'readings whose sequence numbers fell vanish',
    file: VERDICT,
    find: "  if (wasDelivered(arrival, draft, known)) return 'done';",
    replace:
      "  if (arrival.from === 'queue' && draft.base && arrival.sequenceNumber.padStart(39, '0') <= draft.base.sequenceNumber) return 'done';",
  },
  {
    name: 'redelivery not looked up',
    why: 'a redelivered message counts twice once its receipt is in a page',
    file: REPEATS,
    find: 'if (!mayBeRedelivery(arrival, item) || isInItem(arrival, item)) return undefined;',
    replace: 'return undefined;',
  },
  {
    name: 'deliveries leave no receipt',
    why: 'a word is obeyed twice, what was set aside whole is applied',
    file: PROOF,
    find: '  addReceipt(draft, deliveryReceiptOf(messageId));\n',
    replace: '',
  },
  {
    name: 'low numbers parked by number',
    why: 'what was parked last is taken up first',
    file: ORDERING,
    find: 'if (own > draft.sequenceNumber) return own;',
    replace: 'return own;',
  },
  {
    name: 'a word leaves no receipt',
    why: 'a resume that is delivered again is obeyed again',
    file: WORDS,
    find: '  noteDelivery(draft, word);\n',
    replace: '',
  },
  {
    name: 'page overwritten',
    why: 'the receipts of another course of the key are gone',
    file: STORE,
    find: 'OR receipts = :receipts',
    replace: 'OR attribute_exists(pk)',
  },
  {
    name: 'newer pages believed',
    why: 'what was applied in another course of the key is dropped in this one',
    file: STORE,
    find: 'pageSortKey(lineage, upTo)',
    replace: 'pageSortKey(lineage, 9_999_999_999)',
  },
  {
    name: 'pages of later believed',
    why: 'what a key applied before it was put back is dropped when it is submitted again',
    file: STEP,
    find: 'entry?.item.lineage === item.lineage && entry.item.version <= item.version',
    replace: 'entry?.item.lineage === item.lineage',
  },
  {
    name: 'missing pages not missed',
    why: 'an item that was put back without its pages takes repeats for new',
    file: CHECK_PAGES,
    find: 'if (!isNeeded()) return;',
    replace: 'if (Number.NaN !== next) return;',
  },
];

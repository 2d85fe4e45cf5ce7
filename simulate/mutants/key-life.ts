/** Planted bugs. The life of a key: versions of its state, and operators' words about it. */
import type { Mutant } from './mutant.ts';

const FORGET = 'functions/compute/forget.ts';
const INPUT = 'functions/compute/load-input.ts';
const APPLY_MESSAGE = 'functions/compute/apply-message.ts';
const WORDS = 'functions/compute/operator-words.ts';
const DRAFT = 'functions/compute/draft.ts';
const FINISH = 'functions/compute/finish-draft.ts';
const VERDICT = 'functions/compute/verdict.ts';
const VERSIONS = 'functions/state-versions.ts';
const NOTES = 'functions/compute/commit-notes.ts';

export const keyLife: readonly Mutant[] = [
  {
    name: 'state version not written',
    why: 'a state is migrated again by every commit',
    file: APPLY_MESSAGE,
    find: 'const stateVersion = pipeline.state.version;',
    replace: 'const stateVersion = input.base?.stateVersion ?? pipeline.state.version;',
  },
  {
    name: 'older build takes a newer state',
    why: 'a state of a new shape is computed on and kept by code of the old one',
    file: VERSIONS,
    find: 'if (stateVersion <= version) return;',
    replace: 'if (stateVersion <= version + 1) return;',
  },
  {
    name: 'touched and not migrated',
    why: 'quiet keys keep the old shape, and nobody knows',
    file: WORDS,
    find: 'if (draft.unbegun === undefined) draft.changed = true;',
    replace: 'if (draft.unbegun === undefined) return;',
  },
  {
    name: 'tombstone without receipts',
    why: 'a repeat of what was applied before the forget begins the key anew',
    file: FINISH,
    find: '[...(base?.receipts ?? []), ...draft.receipts]',
    replace: '[...(draft.forgotten === base?.forgotten ? (base?.receipts ?? []) : []), ...draft.receipts]',
  },
  {
    name: 'word heard twice',
    why: 'a forget that is sent again wipes what was begun since',
    file: VERDICT,
    find: "if (wasApplied(arrival, draft, known)) return 'done';",
    replace: "if (!isWord(message.kind) && wasApplied(arrival, draft, known)) return 'done';",
  },
  {
    name: 'word leaves no receipt',
    why: 'a word that comes again under another message has a second effect',
    file: FORGET,
    find: '  addReceipt(draft, receipt);\n  draft.sentAt',
    replace: '  draft.sentAt',
  },
  {
    name: 'parked survive a forget',
    why: 'what was to be forgotten stays in the table and is applied later',
    file: FORGET,
    find: 'removeParked(draft, place, parked[index + 1]?.place);',
    replace: 'removeParked(draft, place, parked[index + 1]?.place);\n    draft.unpark.pop();',
  },
  {
    name: 'dropped without a receipt',
    why: 'a repeat of what was parked begins the forgotten key anew',
    file: FORGET,
    find: '    addReceipt(draft, droppedReceiptOf(receipt));\n    removeParked',
    replace: '    removeParked',
  },
  {
    name: 'dead letters survive a forget',
    why: 'what was set aside for a forgotten key can still be read in the table',
    file: INPUT,
    find: '...(isToForget(arrivals) ?',
    replace: '...(isToForget([]) ?',
  },
  {
    name: 'dropped dead letter redriven',
    why: 'a redrive applies to a key what was forgotten with it',
    file: FORGET,
    find: 'if (receipt !== undefined) addReceipt(draft, droppedReceiptOf(receipt));',
    replace: 'if (receipt === undefined) return;',
  },
  {
    name: 'forget in the commit of others',
    why: 'what the same batch brought before is in the state that a reset sets, or is dropped with its outputs',
    file: WORDS,
    find: 'if (draft.changed) return false;\n    pass.cut = true;',
    replace: 'pass.cut = true;',
  },
  {
    name: 'forget in one commit',
    why: 'what is more than one commit holds is left behind',
    file: FORGET,
    find: 'if (draft.parked > 0) return false;',
    replace: '',
  },
  {
    name: 'turns of a forget not passed',
    why: 'in request order a forgotten key waits for ever for what was dropped',
    file: FORGET,
    find: 'draft.next = behind(draft, dropped.at(-1));',
    replace: '',
  },
  {
    name: 'state dropped by a failed migration',
    why: 'a key whose migration throws begins anew',
    file: DRAFT,
    find: 'return { state: base?.state, stateVersion: base?.stateVersion ?? 1 };',
    replace: 'return { state: undefined, stateVersion: 1 };',
  },
  {
    name: 'failed migration is held for done',
    why: 'an old state is taken for one of the new shape, and computed on',
    file: DRAFT,
    find: 'return { state: base?.state, stateVersion: base?.stateVersion ?? 1 };',
    replace: 'return { state: base?.state, stateVersion: (base?.stateVersion ?? 1) + (isGone ? 0 : 1) };',
  },
  {
    name: 'history forgets the commit before',
    why: 'weir explain shows one commit of a key, whatever its pipeline keeps',
    file: NOTES,
    find: 'const known = base?.commits ?? [];',
    replace: 'const known = [];',
  },
  {
    name: 'history survives a forget',
    why: 'a forgotten key still names the requests that made its state',
    file: NOTES,
    find: 'if (forgotten?.version === version) return [];',
    replace: '',
  },
  {
    name: 'reset kept by its word only',
    why: 'the old state is committed again under the history of a reset',
    file: FORGET,
    find: 'draft.state = state;',
    replace: '',
  },
];

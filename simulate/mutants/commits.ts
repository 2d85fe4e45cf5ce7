/** Planted bugs. The commit: its condition, the acknowledgements that rely on it, and redelivery. */
import type { Mutant } from './mutant.ts';

const STORE = 'functions/aws/dynamo-state-store.ts';
const ITEMS = 'functions/aws/dynamo-items.ts';
const FINISH = 'functions/compute/finish-draft.ts';
const COMPUTE = 'functions/compute/compute.ts';
const STEP = 'functions/compute/commit-step.ts';
const APPLY_MESSAGE = 'functions/compute/apply-message.ts';
const READINGS = 'functions/decode-readings.ts';

export const commits: readonly Mutant[] = [
  {
    name: 'no condition',
    why: 'a stale or late write replaces a newer state',
    file: STORE,
    find: "'lineage = :lineage AND version = :version'",
    replace: "'attribute_exists(pk) OR (lineage = :lineage AND version = :version)'",
  },
  {
    name: 'older item replaced',
    why: 'an item that was put back is overwritten by what an environment remembers of later',
    file: STORE,
    find: "'lineage = :lineage AND version = :version'",
    replace: "'lineage = :lineage AND version <= :version'",
  },
  {
    name: 'conflict is success',
    why: 'readings are acknowledged that another write shut out',
    file: STORE,
    find: 'if (error instanceof ConditionalCheckFailedException) return conflictWith(error.Item);',
    replace: "if (error instanceof ConditionalCheckFailedException) return { outcome: 'committed' };",
  },
  {
    name: 'acknowledged before the write',
    why: 'a crash in between loses the readings',
    file: STEP,
    find: 'const result = await store.commit(commit);',
    replace:
      "void store.commit(commit).catch(() => {});\n    const result = { outcome: 'committed' } as Awaited<ReturnType<StateStore['commit']>>;",
  },
  {
    name: 'cache filled before the write',
    why: 'the next batch is folded on a state that was never stored',
    file: STEP,
    find: 'const result = await store.commit(commit);',
    replace: 'cache.set(key, { item: commit.next, seen });\n    const result = await store.commit(commit);',
  },
  {
    name: 'tail not returned',
    why: 'messages behind a failed one of their group are deleted unprocessed',
    file: COMPUTE,
    find: '.slice(runnable ? Math.min(done, messages.length - 1) : done)',
    replace: '.slice(done, done + 1)',
  },
  {
    name: 'partly applied forgotten',
    why: 'the beginning of a long message counts twice',
    file: APPLY_MESSAGE,
    find: 'let index = draft.partly.find((part) => part.receipt === receipt)?.count ?? 0;',
    replace: 'let index = 0;',
  },
  {
    name: 'newer messages are junk',
    why: 'messages of a build being rolled out are buried by the old one',
    file: READINGS,
    find: 'throw new NewerFormatError(`message format',
    replace: 'throw new PermanentError(`message format',
  },
  {
    name: 'a compressed message loses its first reading',
    why: 'large messages are taken in with less than they carry',
    file: READINGS,
    find: 'return JSON.parse(decompress(packed));',
    replace: 'return JSON.parse(decompress(packed)).slice(1);',
  },
  {
    name: 'compressed messages are cut by their size on the queue',
    why: 'a message holds more than an item of the table takes, and what is cut changes with the build',
    file: 'functions/pack.ts',
    find: 'const room = MESSAGE_BYTES_MAX - Buffer.byteLength(empty);',
    replace: 'const room = 2 * (MESSAGE_BYTES_MAX - Buffer.byteLength(empty));',
  },
  {
    name: 'newer items are overwritten',
    why: 'the old build drops what the new one keeps in an item',
    file: ITEMS,
    find: 'if (format > ITEM_FORMAT) {',
    replace: 'if (format > ITEM_FORMAT + 1) {',
  },
  {
    name: 'unknown attribute dropped',
    why: 'what another build keeps in an item is gone after a commit of this one',
    file: FINISH,
    find: "others: base?.others ?? '',",
    replace: "others: '',",
  },
];

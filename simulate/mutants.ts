/**
 * The planted bugs: small changes to the product's sources, made while they are loaded. Production code carries none
 * of them. Each must be caught within 2,000 seeds; docs/simulation.md has the rates.
 */
import type { SourcePatch } from './patch-source.ts';

export interface Mutant extends SourcePatch {
  readonly name: string;
  /** What would go wrong in production. */
  readonly why: string;
}

const STORE = 'functions/aws/dynamo-state-store.ts';
const ITEMS = 'functions/aws/dynamo-items.ts';
const SQS = 'functions/aws/sqs.ts';
const COMPUTE = 'functions/compute/compute.ts';
const STEP = 'functions/compute/commit-step.ts';
const FOLD = 'functions/compute/fold.ts';
const APPLY = 'functions/compute/apply.ts';
const DRAFT = 'functions/compute/draft.ts';
const VERDICT = 'functions/compute/verdict.ts';
const REPEATS = 'functions/compute/repeats.ts';
const READINGS = 'functions/readings.ts';
const REQUESTS = 'functions/requests.ts';
const READER = 'functions/reader/reader.ts';
const READ = 'functions/reader/read-request.ts';
const SENDER = 'functions/reader/sender.ts';
const WRITER = 'functions/writer/writer.ts';

export const mutants: readonly Mutant[] = [
  {
    ...{ name: 'no condition', why: 'a stale or late write replaces a newer state' },
    ...{
      file: STORE,
      find: "'lineage = :lineage AND version = :version'",
      replace: "'attribute_exists(pk)'",
    },
  },
  {
    ...{ name: 'conflict is success', why: 'readings are acknowledged that another write shut out' },
    file: STORE,
    find: 'if (error instanceof ConditionalCheckFailedException) return conflictWith(error.Item);',
    replace: "if (error instanceof ConditionalCheckFailedException) return { outcome: 'committed' };",
  },
  {
    ...{ name: 'no receipts', why: 'what SQS let through a second time counts twice' },
    file: VERDICT,
    find: 'draft.held.has(receipt) || known.receipts.has(receipt)',
    replace: 'known.receipts.has(receipt)',
  },
  {
    ...{ name: 'no receipts of this batch', why: 'two copies of a message in one batch count twice' },
    file: DRAFT,
    ...{ find: '  draft.held.add(receipt);', replace: '' },
  },
  {
    ...{ name: 'no look into the pages', why: 'a repeat counts twice once its receipt has left the item' },
    ...{
      file: VERDICT,
      find: 'draft.held.has(receipt) || known.receipts.has(receipt)',
      replace: 'draft.held.has(receipt)',
    },
  },
  {
    ...{ name: 'receipts kept by count', why: 'the reach of the receipts shrinks to seconds on a busy key' },
    file: DRAFT,
    find: '[...(base?.receipts ?? []), ...draft.receipts] : draft.receipts,',
    replace: '[...(base?.receipts ?? []), ...draft.receipts].slice(-3) : draft.receipts,',
  },
  {
    ...{ name: 'page never written', why: 'receipts that leave the item are gone' },
    ...{ file: STORE, find: 'if (commit.page !== undefined) {', replace: 'if (commit.page === null) {' },
  },
  {
    ...{
      name: 'page read eventually',
      why: 'the newest receipts may be missing from an eventually consistent read',
    },
    file: STORE,
    find: 'ScanIndexForward: false,\n        ConsistentRead: true,',
    replace: 'ScanIndexForward: false,',
  },
  {
    ...{ name: 'seen pages not extended', why: 'the environment believes it knows a page that it never saw' },
    file: REPEATS,
    ...{ find: 'for (const receipt of base.receipts) seen.receipts.add(receipt);', replace: '' },
  },
  {
    ...{
      name: 'pages seen to the wrong depth',
      why: 'receipts sent before the newest suspect are taken as seen',
    },
    file: REPEATS,
    ...{ find: 'useful?.pages ?? 0, from);', replace: 'useful?.pages ?? 0, since);' },
  },
  {
    ...{ name: 'suspect after ten minutes', why: 'repeats between five and ten minutes are not looked up' },
    file: REPEATS,
    ...{ find: '> DEDUPLICATION_WINDOW_MS - CLOCK_MARGIN_MS', replace: '> 2 * DEDUPLICATION_WINDOW_MS' },
  },
  {
    ...{
      name: 'redelivery not known',
      why: 'a redelivered message counts twice once its receipt is in a page',
    },
    file: VERDICT,
    find: 'if (fromQueue && draft.base &&',
    replace: 'if (!fromQueue && draft.base &&',
  },
  {
    ...{ name: 'acknowledged before the write', why: 'a crash in between loses the readings' },
    file: STEP,
    find: 'const result = await store.commit(commit);',
    replace:
      "void store.commit(commit).catch(() => {});\n    const result = { outcome: 'committed' } as Awaited<ReturnType<StateStore['commit']>>;",
  },
  {
    ...{
      name: 'cache filled before the write',
      why: 'the next batch is folded on a state that was never stored',
    },
    file: STEP,
    find: 'const result = await store.commit(commit);',
    replace: 'cache.set(key, { item: commit.next, seen });\n    const result = await store.commit(commit);',
  },
  {
    ...{
      name: 'tail not returned',
      why: 'messages behind a failed one of their group are deleted unprocessed',
    },
    file: COMPUTE,
    find: '.slice(runnable ? Math.min(done, messages.length - 1) : done)',
    replace: '.slice(done, done + 1)',
  },
  {
    ...{ name: 'partly applied forgotten', why: 'the beginning of a long message counts twice' },
    file: FOLD,
    find: 'let index = draft.partly.find((part) => part.receipt === receipt)?.count ?? 0;',
    replace: 'let index = 0;',
  },
  {
    ...{ name: 'spoilt state kept', why: 'what compute changed before it threw stays in the state' },
    ...{ file: FOLD, find: 'draft.state = JSON.parse(draft.checkpoint);', replace: '' },
  },
  {
    ...{
      name: 'poison takes its message along',
      why: 'sound readings beside a poisonous one are never applied',
    },
    file: FOLD,
    find: 'addDead(draft, deadReading(arrival, index, reasonOf(error)), 1);',
    replace:
      'addDead(draft, deadReading(arrival, index, reasonOf(error)), 1);\n      index = message.readings.length;',
  },
  {
    ...{
      name: 'dead reading apart from the commit',
      why: 'a crash in between loses the reading that was set aside',
    },
    file: STORE,
    find: 'const others = commit.dead.length + commit.park.length + commit.unpark.length;',
    replace:
      'const others = commit.park.length + commit.unpark.length;\n' +
      '        void Promise.all(commit.dead.map((dead) => client.send(new PutItemCommand({ TableName: tableName, Item: encodeDead(dead) })))).catch(() => {});',
  },
  {
    ...{
      name: 'set aside twice is a repeat',
      why: 'a reading that was redriven in vain once can never be redriven again',
    },
    file: FOLD,
    find: "if (message.kind === 'readings' && (message.index === undefined || applied)) draft",
    replace: 'draft',
  },
  {
    ...{
      name: 'outputs of a bad state kept',
      why: 'outputs are delivered of a reading that never took effect',
    },
    file: APPLY,
    find: '  if (careful) draft.checkpoint = encodeState(next, key);\n  draft.state = next;\n  draft.outputs.push(...outputs);',
    replace:
      '  draft.outputs.push(...outputs);\n  if (careful) draft.checkpoint = encodeState(next, key);\n  draft.state = next;',
  },
  {
    ...{
      name: 'chunks named alike',
      why: 'SQS drops the second message of a request as a repeat of the first',
    },
    file: READINGS,
    find: 'deduplicationId: hashOf(origin.id, key, String(index)),',
    replace: 'deduplicationId: hashOf(origin.id, key),',
  },
  {
    ...{
      name: 'receipt of the request only',
      why: 'the second message of a request passes for a repeat of the first',
    },
    file: READINGS,
    find: "message.kind === 'readings' ? String(message.chunk) : message.kind]",
    replace: "''];",
  },
  {
    ...{ name: 'chunks sent at once', why: 'a refused first and an accepted second message change places' },
    file: READ,
    find: 'for (const chunk of chunks) await send(chunk);',
    replace: 'await Promise.all(chunks.map(send));',
  },
  {
    ...{ name: 'refused entries counted as sent', why: 'what SQS refused is lost' },
    file: SQS,
    find: "return { reason: failure.Code ?? 'no code given', retriable: failure.SenderFault !== true };",
    replace: 'return undefined;',
  },
  {
    ...{ name: 'unaccounted entries counted as sent', why: 'what SQS did not mention may be lost' },
    file: SQS,
    find: "if (failure === undefined) return { reason: 'SQS did not account for it', retriable: true };",
    replace: 'if (failure === undefined) return undefined;',
  },
  {
    ...{ name: 'no answer counted as sent', why: 'a call that never arrived loses ten messages' },
    file: SENDER,
    find: 'return batch.map(() => ({ reason, retriable: true }));',
    replace: "return batch.map(() => (reason === '' ? { reason, retriable: true } : undefined));",
  },
  {
    ...{ name: 'request acknowledged unsent', why: 'a request whose readings were not taken is gone' },
    file: READ,
    find: 'await sendAll(packed, ports.send);',
    replace: 'void sendAll(packed, ports.send).catch(() => {});',
  },
  {
    ...{ name: 'pulled requests deleted at once', why: 'a pulled request whose read fails is gone' },
    file: READER,
    find: 'if (isDone) toDelete.push(message.receiptHandle);',
    replace: 'toDelete.push(message.receiptHandle);',
  },
  {
    ...{ name: 'dead request not confirmed', why: 'a refused request is in no queue at all' },
    ...{
      file: READ,
      find: 'if (failure === undefined) return true;\n    throw new Error(failure.reason);',
      replace: 'return true;',
    },
  },
  {
    ...{
      name: 'identity lost with the dead request',
      why: 'a redriven request is another request, and counts twice',
    },
    ...{
      file: REQUESTS,
      find: '[id]: kept[id] ?? message.messageId,',
      replace: '...(kept[id] === undefined ? {} : { [id]: kept[id] }),',
    },
  },
  {
    ...{
      name: 'since lost with the dead request',
      why: 'a redriven request is no suspect, and counts twice',
    },
    ...{
      file: REQUESTS,
      find: '[since]: kept[since] ?? String(earliest),',
      replace: '[since]: String(message.sentAt),',
    },
  },
  {
    ...{ name: 'given ids trusted', why: 'a producer that submits again later counts twice' },
    file: REQUESTS,
    find: 'known ? Number(since) : Math.max(0, message.sentAt - resubmitWithinMs)',
    replace: 'known ? Number(since) : message.sentAt',
  },
  {
    ...{ name: 'output ids made by the writer', why: 'a repeated delivery looks like another output' },
    file: WRITER,
    find: 'item.outputs.map((output, index) => ({\n    id: ',
    replace:
      'item.outputs.map((output, index) => ({\n    id: String((globalThis.minted = (globalThis.minted ?? 0) + 1)) + ',
  },
  {
    ...{ name: 'stream error swallowed', why: 'outputs that the sink did not take are never delivered' },
    file: WRITER,
    find: 'return records.slice(done).map((record) => record.sequenceNumber);',
    replace: 'return [];',
  },
  {
    ...{ name: 'stream goes on behind a failure', why: 'outputs of a key overtake each other' },
    file: WRITER,
    find: '      else await writeOutputs(record.item, stopAt, ports);\n      done += 1;\n    }',
    replace:
      '      else await writeOutputs(record.item, stopAt, ports).catch(() => { done -= 1; });\n      done += 1;\n    }',
  },
  {
    ...{
      name: 'newer messages are junk',
      why: 'messages of a build being rolled out are buried by the old one',
    },
    file: READINGS,
    find: 'throw new NewerFormatError(`message format',
    replace: 'throw new PermanentError(`message format',
  },
  {
    ...{ name: 'newer items are overwritten', why: 'the old build drops what the new one keeps in an item' },
    ...{ file: ITEMS, find: 'if (format > ITEM_FORMAT) {', replace: 'if (format > ITEM_FORMAT + 1) {' },
  },
  {
    ...{ name: 'reasons as they come', why: 'SQS refuses a dead letter whose reason is empty' },
    ...{
      file: 'functions/errors.ts',
      find: "if (line === '') return 'an error without a message';",
      replace: '',
    },
  },
];

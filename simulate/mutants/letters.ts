/** Planted bugs. Dead letters that operators redrive and edit. */
import type { Mutant } from './mutant.ts';

const REDRIVE = 'operate/redrive.ts';
const EDIT = 'operate/edit-request.ts';

export const letters: readonly Mutant[] = [
  {
    name: 'letter removed before its copy is confirmed',
    why: 'a send that never arrived loses the letter',
    file: REDRIVE,
    find: 'const [failure] = await createOutbox(sqs, queueUrl).sendBatch([message]);',
    replace:
      'void createOutbox(sqs, queueUrl).sendBatch([message]).catch(() => {});\n  const failure = globalThis.nothing;',
  },
  {
    name: 'refused copy counted as sent',
    why: 'what SQS refused, or did not account for, is lost',
    file: REDRIVE,
    find: 'if (failure !== undefined) throw new Error(`SQS refused it',
    replace: 'if (failure !== undefined && queueUrl === "") throw new Error(`SQS refused it',
  },
  {
    name: 'letters that were only looked at are removed',
    why: 'a list empties the dead-letter queue',
    file: 'operate/walk-dead.ts',
    find: 'return ended.flatMap((one) => found.get(one) ?? []);',
    replace: 'return ended.length === -1 ? [] : messages;',
  },
  {
    name: 'edited under the old id',
    why: 'the receipts of the old request drop the edited one',
    file: EDIT,
    find: '[ID]: id, [REQUEST_ATTRIBUTES.editedFrom]: old }',
    replace: '[ID]: old, [REQUEST_ATTRIBUTES.editedFrom]: old }',
  },
  {
    name: 'redriven as of when it died',
    why: 'no receipt from before is looked for, and what the request had in effect counts twice',
    file: REDRIVE,
    find: '[SINCE]: kept[SINCE] ?? earliest };',
    replace: '[SINCE]: String(sentAt) };',
  },
  {
    name: 'edited under another id each time',
    why: 'an edit that is made again after a crash counts twice',
    file: 'functions/message-ids.ts',
    find: "hashOf('edited', request, body)",
    replace: "hashOf('edited', request, body, String((globalThis.edits = (globalThis.edits ?? 0) + 1)))",
  },
];

/** SQS's actions on messages, single and in batches. A batch is answered entry by entry. */
import assert from 'node:assert/strict';
import { checkBatchCount, missing } from '../../../model/queue/check-message.ts';
import { SqsError } from '../../../model/queue/sqs-error.ts';
import type { Queue } from '../../../model/queue/types.ts';
import { type Fields, fieldsOf, list, optionalCount, optionalSeconds, text } from './request-fields.ts';
import { messageAnswer, messageFrom, sendAnswer, wantedFrom } from './wire-messages.ts';

const WAIT_SECONDS_MAX = 20;
const VISIBILITY_SECONDS_MAX = 43_200;

export function sendMessage(queue: Queue, fields: Fields) {
  const message = messageFrom(fields);
  return sendAnswer(message, queue.send(message));
}

export function sendMessageBatch(queue: Queue, fields: Fields) {
  const entries = batchEntries(fields);
  const messages = entries.map((entry) => messageFrom(entry.fields));
  const results = queue.sendBatch(messages);
  return batchAnswer(entries, (_fields, index) => {
    const message = messages[index];
    const result = results[index];
    assert(message !== undefined && result !== undefined, 'one result for each message');
    if (result instanceof Error) throw result;
    return sendAnswer(message, result);
  });
}

export async function receiveMessage(queue: Queue, fields: Fields, signal?: AbortSignal) {
  const wanted = wantedFrom(fields);
  const received = await queue.receive({
    max: optionalCount(fields, 'MaxNumberOfMessages', Number.MAX_SAFE_INTEGER),
    visibilityTimeoutMs: optionalSeconds(fields, 'VisibilityTimeout', VISIBILITY_SECONDS_MAX),
    waitMs: optionalSeconds(fields, 'WaitTimeSeconds', WAIT_SECONDS_MAX),
    signal,
  });
  return received.length === 0 ? {} : { Messages: received.map((message) => messageAnswer(message, wanted)) };
}

export function deleteMessage(queue: Queue, fields: Fields) {
  queue.delete(text(fields, 'ReceiptHandle'));
  return {};
}

export function deleteMessageBatch(queue: Queue, fields: Fields) {
  return batchAnswer(batchEntries(fields), (entry) => {
    try {
      return deleteMessage(queue, entry);
    } catch (error) {
      // SQS reports an expired handle as InvalidParameterValue in a single call, and with this code in a
      // batch. https://github.com/smaskalik/sqsmover/issues/54
      if (!(error instanceof SqsError) || error.code !== 'InvalidParameterValue') throw error;
      throw new SqsError('ReceiptHandleIsInvalid', 'The receipt handle has expired');
    }
  });
}

export function changeMessageVisibility(queue: Queue, fields: Fields) {
  const receiptHandle = text(fields, 'ReceiptHandle');
  const timeoutMs = optionalSeconds(fields, 'VisibilityTimeout', VISIBILITY_SECONDS_MAX);
  if (timeoutMs === undefined) {
    missing('VisibilityTimeout');
  }
  queue.changeVisibility(receiptHandle, timeoutMs);
  return {};
}

export function changeMessageVisibilityBatch(queue: Queue, fields: Fields) {
  return batchAnswer(batchEntries(fields), (entry) => changeMessageVisibility(queue, entry));
}

interface BatchEntry {
  readonly id: string;
  readonly fields: Fields;
}

function batchEntries(fields: Fields): BatchEntry[] {
  const entries = list(fields, 'Entries').map((entry) => {
    const own = fieldsOf(entry, 'Entries');
    return { id: text(own, 'Id'), fields: own };
  });
  checkBatchCount(entries.length);
  const seen = new Set<string>();
  for (const { id } of entries) {
    if (!/^[\w-]{1,80}$/.test(id)) {
      throw new SqsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 ' +
          'letters long.',
      );
    }
    if (seen.has(id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

/** Both lists are always present, as the SDK's types require. */
function batchAnswer(entries: readonly BatchEntry[], act: (fields: Fields, index: number) => object) {
  const successful: object[] = [];
  const failed: object[] = [];
  for (const [index, { id, fields }] of entries.entries()) {
    try {
      successful.push({ Id: id, ...act(fields, index) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push({ Id: id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful: successful, Failed: failed };
}

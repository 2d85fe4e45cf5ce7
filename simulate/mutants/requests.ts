/** Planted bugs. Requests: their identity, their readings, and when they may be acknowledged. */
import type { Mutant } from './mutant.ts';

const SQS = 'functions/aws/sqs.ts';
const PACK = 'functions/pack.ts';
const REQUESTS = 'functions/requests.ts';
const READER = 'functions/reader/reader.ts';
const READ = 'functions/reader/read-request.ts';
const APART = 'functions/reader/apart.ts';
const SENDER = 'functions/reader/sender.ts';

const SUBMITS = 'functions/submits.ts';

export const requests: readonly Mutant[] = [
  {
    name: 'submitted ids of each attempt',
    why: 'a request that is read again submits other requests, and what they bring counts twice',
    file: SUBMITS,
    find: "['submitted', id]",
    replace: "['submitted', id, message.receiptHandle]",
  },
  {
    name: 'submitted ids of all alike',
    why: 'the second of two submitted requests is taken for a repeat of the first',
    file: SUBMITS,
    find: "['submitted', id]",
    replace: "['submitted']",
  },
  {
    name: 'submits after the acknowledgement',
    why: 'a crash in between loses what a request should have led to',
    file: READ,
    find: 'await Promise.allSettled(submits.map((submit) => ports.submit(submit)))',
    replace: 'await Promise.allSettled(submits.map((submit) => void ports.submit(submit).catch(() => {})))',
  },
  {
    name: 'refused submits forgotten',
    why: 'what the requests queue did not take is lost',
    file: READ,
    find: 'if (refused !== undefined) throw refused.reason;',
    replace: '',
  },
  {
    name: 'chunks named alike',
    why: 'SQS drops the second message of a request as a repeat of the first',
    file: PACK,
    find: 'deduplicationId: hashOf(origin.id, key, String(index)),',
    replace: 'deduplicationId: hashOf(origin.id, key),',
  },
  {
    name: 'chunks sent at once',
    why: 'a refused first and an accepted second message change places',
    file: READ,
    find: 'for (const chunk of chunks) await send(chunk);',
    replace: 'await Promise.all([...chunks].map(send));',
  },
  {
    name: 'refused entries counted as sent',
    why: 'what SQS refused is lost',
    file: SQS,
    find: "return { reason: failure.Code ?? 'no code given', retriable: failure.SenderFault !== true };",
    replace: 'return undefined;',
  },
  {
    name: 'unaccounted entries counted as sent',
    why: 'what SQS did not mention may be lost',
    file: SQS,
    find: "if (failure === undefined) return { reason: 'SQS did not account for it', retriable: true };",
    replace: 'if (failure === undefined) return undefined;',
  },
  {
    name: 'no answer counted as sent',
    why: 'a call that never arrived loses ten messages',
    file: SENDER,
    find: 'return batch.map(() => ({ reason, retriable: true }));',
    replace: "return batch.map(() => (reason === '' ? { reason, retriable: true } : undefined));",
  },
  {
    name: 'request acknowledged unsent',
    why: 'a request whose readings were not taken is gone',
    file: READ,
    find: 'await sendAll(messages, ports.send);',
    replace: 'void sendAll(messages, ports.send).catch(() => {});',
  },
  {
    name: 'pulled requests deleted at once',
    why: 'a pulled request whose read fails is gone',
    file: READER,
    find: 'if (isDone) done.add(message);',
    replace: 'if (isDone || !isDone) done.add(message);',
  },
  {
    name: 'dead request not confirmed',
    why: 'a refused request is in no queue at all',
    file: READ,
    find: 'if (failure === undefined) return true;\n    throw new Error(failure.reason);',
    replace: 'return true;',
  },
  {
    name: 'identity lost with the dead request',
    why: 'a redriven request is another request, and counts twice',
    file: REQUESTS,
    find: '...(chosen === undefined ? { [messageId]: first } : { [id]: chosen }),',
    replace: '...(kept[id] === undefined ? {} : { [id]: kept[id] }),',
  },
  {
    name: 'since lost with the dead request',
    why: 'a redriven request is no suspect, and counts twice',
    file: REQUESTS,
    find: '[since]: kept[since] ?? String(earliest),',
    replace: '[since]: String(message.sentAt),',
  },
  {
    name: 'texts parsed as they come',
    why: 'digits and names that a parser drops are lost without a word',
    file: 'functions/json.ts',
    find: 'checkText(text, what, numbers);',
    replace: '',
  },
  {
    name: 'given ids trusted',
    why: 'a producer that submits again later counts twice',
    file: REQUESTS,
    find: 'known ? Number(since) : Math.max(0, message.sentAt - resubmitWithinMs)',
    replace: 'known ? Number(since) : message.sentAt',
  },
  {
    name: 'guilt by company',
    why: 'a read is set aside over a process that its neighbour ended',
    file: APART,
    find: "const ending = together.kind === 'ended' && batchSize > 1 ? await readAlone(...read) : together;",
    replace:
      "if (together.kind === 'ended') throw new PermanentError('guilty by company');\n      const ending = together;",
  },
  {
    name: 'worn reads stay together',
    why: 'a read that ends its function ends it until SQS gives it up',
    file: READER,
    find: 'const failed = messages.some(isWorn)',
    replace: 'const failed = messages.length === 0',
  },
  {
    name: 'rejection laid to nobody',
    why: 'a promise that nobody awaits ends all reads of its function',
    file: 'functions/reader/strays.ts',
    find: 'return blame !== undefined;',
    replace: 'return false;',
  },
  {
    name: 'request forgotten with its process',
    why: 'a request whose read ended its process is set aside, and its key waits for its turn for ever',
    file: READ,
    find: 'const note = (known: Opened) => void Object.assign(opened, known);',
    replace: 'const note = (_known: Opened) => {};',
  },
];

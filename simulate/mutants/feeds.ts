/**
 * Planted bugs. Feeds: when the position moves, the id of a record, and the fate of records that cannot be
 * requests.
 */
import type { Mutant } from './mutant.ts';

const PASS_ON = 'functions/feeds/pass-on.ts';
const EVENT = 'functions/feeds/pass-on-event.ts';

export const feeds: readonly Mutant[] = [
  {
    name: 'position moves before the confirmation',
    why: 'records that SQS refused are lost',
    file: EVENT,
    find: 'const failed = await passOn(decode(event), ports);',
    replace: 'void passOn(decode(event), ports).catch(() => {}); const failed: string[] = [];',
  },
  {
    name: 'id without offset',
    why: 'every record but the first is taken for a repeat of it',
    file: 'functions/feeds/from-kafka.ts',
    find: 'position:',
    replace: "position: 'feed', at0:",
  },
  {
    name: 'id without shard',
    why: 'records of two shards are taken for repeats of each other',
    file: 'functions/feeds/from-kinesis.ts',
    find: "const [shard] = textIn(record, 'eventID').split(':');",
    replace: "const shard = 'shard';",
  },
  {
    name: 'partial failure reported as success',
    why: 'the position moves behind records that SQS refused',
    file: EVENT,
    find: 'return partialBatchResponse(failed);',
    replace: 'return partialBatchResponse(failed.slice(0, 0));',
  },
  {
    name: 'failure of a topic reported in part',
    why: 'Lambda takes no such answer of a topic as a failure',
    file: EVENT,
    find: 'if (failed.length > 0 && !partial) {',
    replace:
      "if (failed.length > 0 && !partial) { return partialBatchResponse([]); } if (failed.includes('')) {",
  },
  {
    name: 'records behind a failure left out',
    why: 'those of the lots that were not sent count as passed on',
    file: PASS_ON,
    find: 'return [...failed, ...records.slice(done + lot.length).map(identifierOf)];',
    replace: 'return records.slice(done + lot.length).map(identifierOf);',
  },
  {
    name: 'no answer of SQS counts as confirmed',
    why: 'a call that was lost takes its records along',
    file: PASS_ON,
    find: 'return messages.map(() => ({ reason: reasonOf(error), retriable: true }));',
    replace: 'void reasonOf(error); return messages.map(() => undefined);',
  },
  {
    name: 'records without their position',
    why: 'a record that comes again is another request, and counts twice',
    file: PASS_ON,
    find: 'return { [messageId]: position,',
    replace: "return { [messageId + 's']: position,",
  },
  {
    name: 'what can be no request is dropped',
    why: 'nobody ever hears of the record',
    file: PASS_ON,
    find: 'const [failure] = await send(ports.deadLetters, [deadLetterOf(record, problem, now)]);',
    replace:
      'void deadLetterOf(record, problem, now); const failure = undefined as undefined | { reason: string };',
  },
  {
    name: 'what can be no request without its position',
    why: 'an operator cannot tell where it came from',
    file: PASS_ON,
    find: "const attributes = { ...identityOf(record, now), [stage]: 'feed',",
    replace: "const attributes = { [stage]: 'feed',",
  },
];

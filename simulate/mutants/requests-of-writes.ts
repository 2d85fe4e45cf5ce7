/** Planted bugs. Requests that a write submits: their ids, when they are sent, and where their chains end. */
import type { Mutant } from './mutant.ts';

const SUBMITS = 'functions/writer/output-submits.ts';
const WRITER = 'functions/writer/writer.ts';

export const requestsOfWrites: readonly Mutant[] = [
  {
    name: 'hops of writes not counted',
    why: 'requests and outputs that lead to each other have no end',
    file: SUBMITS,
    find: 'const within = nextHop(chain, made.length);',
    replace: 'const within = { ...nextHop(chain, made.length), hops: 1 };',
  },
  {
    name: 'chain lost with the readings',
    why: 'an output takes itself for the first of its chain',
    file: 'functions/reader/request-order.ts',
    find: 'const led = chain === undefined ? identity : { ...identity, chain };',
    replace: 'const led = chain === undefined ? identity : { ...identity };',
  },
  {
    name: 'chain lost with the commit',
    why: 'an output takes itself for the first of its chain',
    file: 'functions/compute/apply.ts',
    find: "addOutputs(draft, outputs, bytes, chain ?? '');",
    replace: "addOutputs(draft, outputs, bytes, '');",
  },
  {
    name: 'chain lost in the table',
    why: 'an output takes itself for the first of its chain',
    file: 'functions/aws/json-attributes.ts',
    find: "value['version'] !== version",
    replace: "value['version'] === version",
  },
  {
    name: 'one hop too many is read',
    why: 'the word of the writer that a request is over the bounds counts for nothing',
    file: 'functions/submits.ts',
    find: 'if (chain.hops > limits.submitHopsMax) throw tooLong(chain, limits);',
    replace: '',
  },
  {
    name: 'ids of each delivery',
    why: 'an output that comes again submits other requests, and what they bring counts twice',
    file: SUBMITS,
    find: "const by = ['output', key,",
    replace: "const by = ['output', String((globalThis.deliveries = (globalThis.deliveries ?? 0) + 1)), key,",
  },
  {
    name: 'one id for all outputs of a key',
    why: 'what the second output submits is taken for a repeat of the first',
    file: SUBMITS,
    find: "String(version), String(index), outputs[index] ?? ''];",
    replace: '];',
  },
  {
    name: 'requests of a write after its acknowledgement',
    why: 'a crash in between loses what an output should have led to',
    file: WRITER,
    find: 'if (made.length > 0) await sendRequests(made, requests);',
    replace: 'void sendRequests(made, requests).catch(() => {});',
  },
  {
    name: 'refused requests of a write forgotten',
    why: 'what the requests queue did not take is lost',
    file: 'functions/writer/send-requests.ts',
    find: 'if (failure !== undefined) throw',
    replace: 'if (failure !== undefined && failure.reason === undefined) throw',
  },
];

/** Planted bugs. Readings on which compute throws. */
import type { Mutant } from './mutant.ts';

const STORE = 'functions/aws/dynamo-state-store.ts';
const APPLY_MESSAGE = 'functions/compute/apply-message.ts';
const PASS = 'functions/compute/pass.ts';
const PROGRESS = 'functions/compute/progress.ts';
const APPLY = 'functions/compute/apply.ts';

export const poison: readonly Mutant[] = [
  {
    name: 'spoilt state kept',
    why: 'what compute changed before it threw stays in the state',
    file: APPLY_MESSAGE,
    find: 'resetState(draft);',
    replace: '',
  },
  {
    name: 'poison takes its message along',
    why: 'sound readings beside a poisonous one are never applied',
    file: APPLY_MESSAGE,
    find: 'addDead(draft, deadReading(arrival, index, reasonOf(error)), message.partial?.count ?? 1);',
    replace:
      'addDead(draft, deadReading(arrival, index, reasonOf(error)), message.partial?.count ?? 1);\n      index = message.readings.length;',
  },
  {
    name: 'dead reading apart from the commit',
    why: 'a crash in between loses the reading that was set aside',
    file: STORE,
    find: 'const others = dead.length + park.length + unpark.length + undead.length;',
    replace:
      'const others = park.length + unpark.length + undead.length;\n' +
      '        void Promise.all(dead.map((one) => client.send(new PutItemCommand({ TableName: tableName, Item: encodeDead(one) })))).catch(() => {});',
  },
  {
    name: 'set aside twice is a repeat',
    why: 'a reading that was redriven in vain once can never be redriven again',
    file: PROGRESS,
    find: "if (message.kind === 'readings' && (message.index === undefined || applied)) addReceipt(draft, receipt);",
    replace: "if (message.kind === 'readings') addReceipt(draft, receipt);",
  },
  {
    name: 'outputs of a bad state kept',
    why: 'outputs are delivered of a reading that never took effect',
    file: APPLY,
    find: "  if (careful) draft.checkpoint = encodeState(next, key);\n  draft.state = next;\n  draft.wakes = wakes;\n  addOutputs(draft, outputs, bytes, chain ?? '');",
    replace:
      "  addOutputs(draft, outputs, bytes, chain ?? '');\n  if (careful) draft.checkpoint = encodeState(next, key);\n  draft.state = next;\n  draft.wakes = wakes;",
  },
  {
    name: 'begun without a state',
    why: 'a key whose initial failed goes on from nothing',
    file: PASS,
    find: ' : callInitial(pipeline, key);',
    replace:
      " : ((begun: Beginning): Beginning => ('failure' in begun ? { state: 'null' } : begun))(callInitial(pipeline, key));",
  },
  {
    name: 'reasons as they come',
    why: 'SQS refuses a dead letter whose reason is empty',
    file: 'functions/errors.ts',
    find: "if (line === '') return 'an error without a message';",
    replace: '',
  },
];

/** Planted bugs. Request order: places, gaps and parked messages. */
import type { Mutant } from './mutant.ts';

const STORE = 'functions/aws/dynamo-state-store.ts';
const DRAFT = 'functions/compute/draft.ts';
const VERDICT = 'functions/compute/verdict.ts';
const ORDERING = 'functions/compute/ordering.ts';
const FOLD = 'functions/compute/fold.ts';
const READ = 'functions/reader/read-request.ts';
const TURN = 'functions/reader/request-order.ts';

export const order: readonly Mutant[] = [
  {
    name: 'gap passed at once',
    why: 'a reading is applied before those of earlier requests',
    file: ORDERING,
    find: "if (sequence > next.sequence && (follows >= next.sequence || next.chunk > 0)) return 'park';",
    replace: "if (sequence > next.sequence && (follows >= next.sequence || next.chunk > 0)) return 'apply';",
  },
  {
    name: 'parked applied out of turn',
    why: 'what lies parked is applied as soon as it is looked at',
    file: VERDICT,
    find: "const turn = message.kind === 'wake' ? 'apply' :",
    replace: "const turn = message.kind === 'wake' || arrival.from === 'table' ? 'apply' :",
  },
  {
    name: 'tombstone before its readings',
    why: 'readings that waited for their turn are passed over',
    file: ORDERING,
    find: "const TOMBSTONE = 'x';",
    replace: "const TOMBSTONE = '!';",
  },
  {
    name: 'tombstone not sent',
    why: 'a request that died holds up its key for ever',
    file: READ,
    find: 'if (opened.tombstone !== undefined) await ports.send(opened.tombstone);',
    replace: '',
  },
  {
    name: 'tombstone not awaited',
    why: 'a tombstone that was not taken holds up its key for ever',
    file: READ,
    find: 'if (opened.tombstone !== undefined) await ports.send(opened.tombstone);',
    replace: 'if (opened.tombstone !== undefined) void ports.send(opened.tombstone).catch(() => {});',
  },
  {
    name: 'empty request takes no turn',
    why: 'a request without readings holds up its key for ever',
    file: TURN,
    find: "packed.length > 0 ? packed : [[emptyMessage(origin, route.key, 'readings')]];",
    replace: 'packed;',
  },
  {
    name: 'late readings applied',
    why: 'what comes after its turn was given up is applied out of order',
    file: ORDERING,
    find: "return ended ? 'done' : 'late';",
    replace: "return ended ? 'done' : 'apply';",
  },
  {
    name: 'late readings dropped',
    why: 'what comes after its turn was given up is nowhere',
    file: ORDERING,
    find: "return ended ? 'done' : 'late';",
    replace: "return 'done';",
  },
  {
    name: 'parked and not written',
    why: 'what was put aside for its turn is lost',
    file: STORE,
    find: 'const parked = commit.park.map(',
    replace: 'const parked = commit.park.slice(1).map(',
  },
  {
    name: 'taken up and not deleted',
    why: 'what was taken up lies parked for ever',
    file: STORE,
    find: '...deleted.map((Key) => ({',
    replace: '...deleted.slice(1).map((Key) => ({',
  },
  {
    name: 'an item written twice in one commit',
    why: 'DynamoDB refuses it, and the batch comes back',
    file: FOLD,
    find: 'if (writesTwice(pass, arrival, verdict)) return false;',
    replace: '',
  },
  {
    name: 'repeat parked twice',
    why: 'the count of the parked never comes down to nothing again',
    file: VERDICT,
    find: 'return known.places.has(place) || draft',
    replace: 'return draft',
  },
  {
    name: 'first parked place forgotten',
    why: 'what was parked before the first is not found again',
    file: DRAFT,
    find: "if (draft.parkedFirst === '' || parked.place < draft.parkedFirst)",
    replace: "if (draft.parkedFirst === '')",
  },
  {
    name: 'a late message opens its request',
    why: 'the item lists a request as open for ever, and later reads of it are set aside whole',
    file: 'functions/compute/progress.ts',
    find: '} else if (!isOpen && !isLastApplied(draft, message, known)) {',
    replace: '} else if (!isOpen) {',
  },
];

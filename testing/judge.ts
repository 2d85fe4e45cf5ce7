/**
 * Judges a run of the author's pipeline from outside, by the messages that queues accept, the items written
 * to the table and the outputs delivered to the sink. Weir's other guarantees (receipts, costs,
 * acknowledgement) are judged by the simulation's own oracle, on its own sample.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { isRecord } from '../functions/json.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import type { ReadingsMessage } from '../functions/readings.ts';
import { createInvocations } from '../simulate/oracle/invocations.ts';
import { createLedger, type Ledger, name } from '../simulate/oracle/ledger.ts';
import type { Oracle, OracleWorld } from '../simulate/oracle/oracle.ts';
import { requestOfBody } from '../simulate/subject/sample-requests.ts';
import { asOwnBody, isNewerBody } from '../simulate/world/newer-format.ts';
import { beginKey, type Find, judgeCommit, type KeyFacts } from './judge-commit.ts';
import { idOf, type Logged, readLog } from './log.ts';
import type { RecordedRequest } from './recorded-request.ts';

export interface Judge {
  readonly keys: ReadonlyMap<string, KeyFacts>;
  readonly oracle: (world: OracleWorld) => Oracle;
}

export function createJudge(pipeline: Pipeline, requests: readonly RecordedRequest[]): Judge {
  const keys = new Map<string, KeyFacts>();
  /** By request number, the id that SQS or the submitter gave. */
  const requestIds = new Map<number, string>();
  const find = findIn(requests, requestIds);

  function factsOf(key: string): KeyFacts {
    const known = keys.get(key) ?? beginKey(pipeline, key);
    keys.set(key, known);
    return known;
  }

  function oracle(world: OracleWorld): Oracle {
    const { trace } = world;
    const ledger = createLedger(world.workload, world.counters, world);
    const base = { ...ledger, ...createInvocations(ledger, world.numbers) };

    const written = createWritten({ pipeline, base, trace, factsOf, find });

    return {
      ...base,
      computing: nothing,
      computed: nothing,
      readReturned: nothing,
      readFailed: nothing,
      messageDeleted: nothing,
      requestDeleted: ({ body }) => trace.add(`queue deleted request #${requestOfBody(body)}`),
      requestDeadLettered: ({ body }) => trace.add(`dead-letter queue took request #${requestOfBody(body)}`),
      submitted: (body) => trace.add(`queue took request #${requestOfBody(body)}`),
      deadLettered: (body) => trace.add(`dead-letter queue took ${shortly(readingsIn(body))}`),
      admitted({ body }, { duplicate }) {
        const readings = readingsIn(body);
        const { request, key } = fieldsOf(body);
        const about = `${shortly(readings)} of ${name(String(key))}`;
        trace.add(`queue ${duplicate ? 'dropped' : 'admitted'} ${about}`);
        if (typeof request === 'string') for (const { n } of readings) requestIds.set(n, request);
      },
      written: ({ invocation }, changes) =>
        written(
          invocation,
          changes.flatMap(({ after }) => (after === undefined ? [] : [after])),
        ),
      delivered(deliveries) {
        for (const { id, key, output } of deliveries) {
          const facts = factsOf(key);
          facts.delivered.add(id);
          if (isDeepStrictEqual(facts.outputs.get(id), output)) continue;
          base.broken('outputs', `output ${id} was delivered with different content`, `key ${name(key)}`);
        }
      },
    };
  }

  return { keys, oracle };
}

interface WrittenParts {
  readonly pipeline: Pipeline;
  readonly base: Ledger;
  readonly trace: OracleWorld['trace'];
  readonly factsOf: (key: string) => KeyFacts;
  readonly find: Find;
}

/** Judges the items that a commit wrote. */
function createWritten({ pipeline, base, trace, factsOf, find }: WrittenParts) {
  return (invocation: string, items: readonly Item[]): void => {
    const dead = items.flatMap(deadReadingsIn);
    for (const { key, logged } of dead) {
      trace.add(`${invocation} set ${shortly([logged])} of ${name(key)} aside`);
      factsOf(key).aside.add(idOf(key, logged));
    }
    for (const item of items) {
      if (item['sk']?.S !== 'state') continue;
      const key = item['pk']?.S ?? '';
      // Operators look here for stopped keys.
      base.factsOf(key).item = item;
      const failed = dead.filter((one) => one.key === key && one.single);
      const broken = (what: string, text: string) => base.broken(what, text, `key ${name(key)}`);
      const fresh = judgeCommit(pipeline, factsOf(key), { item, failed }, find, broken);
      trace.add(
        `${invocation} committed version ${item['version']?.N} of ${name(key)} with ${shortly(fresh)}`,
      );
    }
  };
}

function nothing(): void {}

function findIn(requests: readonly RecordedRequest[], requestIds: ReadonlyMap<number, string>): Find {
  const readings = new Map(
    requests.flatMap(({ turn, readings }) =>
      readings.map((reading) => [idOf(reading.key, reading), { ...reading, sequence: turn?.sequence ?? 0 }]),
    ),
  );
  return (key, logged) => {
    const reading = readings.get(idOf(key, logged));
    return reading && { ...reading, request: requestIds.get(logged.n) ?? '', sentAt: logged.sentAt };
  };
}

interface DeadReading {
  readonly key: string;
  readonly logged: Logged;
  readonly reason: string;
  /** True if the reading itself was set aside, not a message that came too late. */
  readonly single: boolean;
}

function deadReadingsIn({ pk, sk, body, reason }: Item): DeadReading[] {
  if (!sk?.S?.startsWith('dead/')) return [];
  const single = typeof fieldsOf(body?.S)['index'] === 'number';
  return readingsIn(body?.S).map((logged) => ({
    key: pk?.S ?? '',
    logged,
    single,
    reason: reason?.S ?? '',
  }));
}

/** The kit's numbers of the readings in a message; none for junk, an operator's word or a tombstone. */
export function readingsIn(body: string | undefined): Logged[] {
  const message = messageIn(body);
  if (message === undefined) return [];
  const { partial, readings } = message;
  if (partial !== undefined) {
    const [state] = readings;
    return readLog(isRecord(state) ? state['log'] : undefined);
  }
  return readings.map((reading: unknown) =>
    isRecord(reading)
      ? { n: Number(reading['r']), place: Number(reading['s']), sentAt: 0 }
      : { n: 0, place: 0, sentAt: 0 },
  );
}

function messageIn(body = ''): ReadingsMessage | undefined {
  try {
    // The second build of a seed may write formats that this build does not know.
    return decodeMessage(isNewerBody(body) ? asOwnBody(body) : body);
  } catch {
    return undefined;
  }
}

function fieldsOf(body: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** For the trace, which finds the story of a request by its number. */
function shortly(readings: readonly Logged[]): string {
  const ofRequest = Map.groupBy(readings, ({ n }) => n);
  return [...ofRequest]
    .map(([n, own]) => `#${n} (${own.length === 1 ? `reading ${own[0]?.place}` : `${own.length} readings`})`)
    .join(', ');
}

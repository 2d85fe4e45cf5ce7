/**
 * One seed: the author's pipeline in the simulation's world. Requests arrive while anything may fail. Then
 * the faults end, everything that was given up is redriven, stopped keys are resumed, and everything must
 * come to rest.
 */
import { decodeItem } from '../functions/aws/dynamo-items.ts';
import { controlMessage } from '../functions/commands.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { storyOf } from '../simulate/campaign/story.ts';
import type { Counters } from '../simulate/oracle/counters.ts';
import type { Violation } from '../simulate/oracle/ledger.ts';
import { requestOfBody } from '../simulate/subject/sample-requests.ts';
import { createChance } from '../simulate/world/chance.ts';
import { heal, rest, schedule } from '../simulate/world/course.ts';
import { redrive } from '../simulate/world/operator.ts';
import { createWorld, type World } from '../simulate/world/world.ts';
import { createJudge, type Judge } from './judge.ts';
import { judgeRest } from './judge-rest.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { subjectOf } from './subject.ts';
import { inOrder } from './turns.ts';

export interface SeedRun {
  /** The recorded requests that this seed submitted. */
  readonly requests: readonly RecordedRequest[];
  readonly violations: readonly Violation[];
  readonly applied: number;
  readonly counters: Counters;
  /** The trace of the first violation's request; empty unless the trace was kept. */
  readonly story: readonly string[];
}

const REDRIVE_ROUNDS = 5;

export async function runPipelineSeed(
  pipeline: Pipeline,
  recorded: readonly RecordedRequest[],
  seed: number,
  keepTrace = false,
): Promise<SeedRun> {
  const requests = drawRequests(recorded, seed);
  const judge = createJudge(pipeline, requests);
  const world = createWorld(seed, keepTrace, subjectOf(pipeline, requests, judge));
  const { clock, oracle, counters, trace } = world;
  const healAt = schedule(world);
  await clock.runUntilIdle(healAt);
  await heal(world, healAt);
  await rest(world);
  for (let round = 0; round < REDRIVE_ROUNDS && (round < 2 || isCurable(world, requests)); round += 1) {
    redrive(world, 'requests');
    redrive(world, 'readings');
    await rest(world);
    await resumeAll(world, judge);
  }
  judgeRest(world, judge, pipeline, requests);
  const [first] = oracle.violations;
  return {
    requests,
    violations: oracle.violations,
    counters,
    applied: [...judge.keys.values()].reduce((sum, { applied }) => sum + applied.size, 0),
    story: keepTrace && first !== undefined ? storyOf(first, trace.events) : [],
  };
}

const REQUESTS_PER_SEED = 60;

/**
 * Adjacent requests from a drawn index on, as many as a seed can take; in request order, the first requests
 * of each key.
 */
function drawRequests(recorded: readonly RecordedRequest[], seed: number): readonly RecordedRequest[] {
  if (recorded.length <= REQUESTS_PER_SEED) return recorded;
  if (recorded[0]?.turn !== undefined) return inOrder(recorded).slice(0, REQUESTS_PER_SEED);
  const from = createChance(seed, 1).whole(0, recorded.length - REQUESTS_PER_SEED);
  return recorded.slice(from, from + REQUESTS_PER_SEED);
}

/** Whether a request would succeed if it were redriven now. */
function isCurable({ queues }: World, requests: readonly RecordedRequest[]): boolean {
  const refused = new Set(requests.filter((request) => request.refused !== undefined).map(({ n }) => n));
  return queues.requestsDead.list().some(({ body }) => !refused.has(requestOfBody(body)));
}

/** The operator skips the failing reading of each stopped key, repeatedly, until every key runs. */
async function resumeAll(world: World, judge: Judge): Promise<void> {
  const { queues, trace } = world;
  for (let word = 1; ; word += 1) {
    const stopped = [...judge.keys.values()].flatMap(({ item }) => {
      const decoded = item && decodeItem({ ...item, format: { N: '1' } });
      return decoded?.stopped === undefined ? [] : [{ ...decoded, stopped: decoded.stopped }];
    });
    if (stopped.length === 0) return;
    for (const { key, lineage, version, stopped: stop } of stopped) {
      trace.add(`operator skips what key ${JSON.stringify(key)} stopped over`);
      const id = `operator/${lineage}/${version}/${stop.receipt}/${stop.index}`;
      const { body, group, deduplicationId } = controlMessage(key, 'skip', stop, id);
      queues.readings.send({ body, group, deduplicationId });
    }
    await rest(world);
    if (word > WORDS_MAX) return;
  }
}

/** More than the readings of one key on which compute can fail. After that the run is judged as it is. */
const WORDS_MAX = 1_000;

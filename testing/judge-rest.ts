/**
 * Judges the end of a run, when nothing fails any more and everything is at rest. The queues are empty, and
 * every reading has taken effect or is in one place where an operator finds it, but not in two places.
 */
import type { Pipeline } from '../functions/pipeline.ts';
import type { World } from '../simulate/world/world.ts';
import { type Judge, readingsIn } from './judge.ts';
import type { KeyFacts } from './judge-commit.ts';
import { idOf } from './log.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { gapOf } from './subject.ts';

export function judgeRest(
  world: World,
  judge: Judge,
  pipeline: Pipeline,
  requests: readonly RecordedRequest[],
): void {
  const { queues, stream, oracle } = world;
  for (const queue of [queues.requests, queues.readings]) {
    for (const { body, status } of queue.list())
      oracle.broken('rest', `a message is still ${status} in ${queue.settings.name}`, body.slice(0, 80));
  }
  if (stream.pending > 0)
    oracle.broken('rest', `${stream.pending} outputs are still in the stream`, 'stream');
  const bodies = [
    ...queues.readingsDead.list().map(({ body }) => body),
    ...stream.undelivered.map((image) => image['body']?.S ?? ''),
  ];
  const aside = new Set(
    bodies.flatMap((body) => readingsIn(body).map(({ n, place }) => `${n}.${place} ${keyIn(body)}`)),
  );
  const gaps = gapsOf(pipeline, requests);
  for (const { n, readings, turn } of requests) {
    for (const reading of readings) {
      const id = idOf(reading.key, reading);
      const facts = judge.keys.get(reading.key);
      const places = [facts?.applied.has(id), aside.has(id), isParked(world, facts, id)].filter(
        Boolean,
      ).length;
      const waits = (turn?.sequence ?? 0) > (gaps.get(reading.key) ?? Number.POSITIVE_INFINITY);
      const about = `reading ${reading.place} of request #${n}`;
      if (places === 0)
        oracle.broken(
          'conservation',
          `${about} is lost: not applied, not set aside, not parked`,
          reading.key,
        );
      if (places > 1) oracle.broken('conservation', `${about} is in two places`, reading.key);
      if (isParked(world, facts, id) && !waits)
        oracle.broken('rest', `${about} is still parked`, reading.key);
    }
  }
  for (const facts of judge.keys.values()) judgeOutputs(world, facts);
}

/** For each key, the first place that no request will fill. */
function gapsOf({ order }: Pipeline, requests: readonly RecordedRequest[]): Map<string, number> {
  const gaps = new Map<string, number>();
  if (gapOf(order) === 'skip') return gaps;
  for (const { turn, refused } of requests) {
    if (turn === undefined || refused === undefined) continue;
    gaps.set(turn.key, Math.min(turn.sequence, gaps.get(turn.key) ?? turn.sequence));
  }
  return gaps;
}

function isParked({ table }: World, facts: KeyFacts | undefined, id: string): boolean {
  if (facts?.item?.['parked'] === undefined) return false;
  return table
    .sortKeys(facts.key, 'parked/')
    .some((sortKey) =>
      readingsIn(table.item(facts.key, sortKey)?.['body']?.S).some(
        (logged) => idOf(facts.key, logged) === id,
      ),
    );
}

function judgeOutputs({ oracle, stream }: World, facts: KeyFacts): void {
  const aside = new Set(
    stream.undelivered
      .filter((image) => image['sk']?.S === 'state')
      .map((image) => `${image['pk']?.S}/${image['version']?.N}/`),
  );
  for (const id of facts.outputs.keys()) {
    if (facts.delivered.has(id) || aside.has(id.slice(0, id.lastIndexOf('/') + 1))) continue;
    oracle.broken('outputs', `output ${id} was never delivered`, facts.key);
  }
}

function keyIn(body: string): string {
  const value: unknown = JSON.parse(body);
  return typeof value === 'object' && value !== null && 'key' in value ? String(value.key) : '';
}

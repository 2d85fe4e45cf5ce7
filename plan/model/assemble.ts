/** Connects the parts of the model to a run that is ready to start. */
import { createEvents, type Events } from './events.ts';
import { newMeasured } from './measured.ts';
import type { Model, Outcome } from './model.ts';
import { createComputes, createReads } from './stages.ts';
import { createWorld } from './world.ts';

export interface Assembled {
  readonly events: Events;
  finished(): boolean;
  arrived(): number;
  committed(): number;
  reading(): number;
  computing(): number;
  outcome(): Outcome;
}

export function assemble(model: Model): Assembled {
  const { work, profile, requests } = model;
  const events = createEvents();
  const world = createWorld({ events, random: model.random, profile, work });
  const measured = newMeasured();
  let arrived = 0;
  let next = requests.next();
  const computes = createComputes(model, world, measured);
  const reads = createReads(model, world, computes.enter);
  const { committed } = computes;
  const arrive = () => {
    if (next.done === true) return;
    const request = next.value;
    events.at(request.at, () => {
      arrived += 1;
      reads.enter(request);
      next = requests.next();
      arrive();
    });
  };
  const missing = () => messagesOf(arrived, model) - committed() - messagesOf(world.counts.dead, model);
  const finished = () =>
    next.done === true &&
    missing() <= 0 &&
    computes.toWrite() === 0 &&
    reads.mapping.inUse + computes.mapping.inUse === 0;
  const tick = () => {
    const machineBusy = world.processor.wasBusy();
    reads.mapping.grow(machineBusy);
    computes.mapping.grow(machineBusy);
    if (!finished()) events.after(1000, tick);
  };
  arrive();
  events.after(1000, tick);
  return {
    events,
    finished,
    arrived: () => arrived,
    committed,
    reading: () => reads.mapping.inUse,
    computing: () => computes.mapping.inUse,
    outcome: () => ({
      measured,
      requests: arrived,
      messages: reads.messages(),
      unfinished: Math.max(0, missing()),
      durationMs: events.now,
      reader: reads.mapping.figures,
      compute: computes.mapping.figures,
      counts: world.counts,
      processorMs: world.processor.spentMs,
      deepestGroup: computes.deepest(),
      events: events.count,
    }),
  };
}

function messagesOf(requests: number, { work }: Model): number {
  return requests * work.messagesPerKey * work.keysPerRequest;
}

/** Pipelines that merge, and messages of their readings, folded into a partial or unfolded. */
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { partialsOf } from '../../../functions/merge.ts';
import { packReadings } from '../../../functions/pack.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import type { EncodedMessage } from '../../../functions/readings.ts';
import { buildPipeline, deliver, type MessageParts } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';

export type Listed = readonly unknown[];

/** Larger than what the state keeps of it. */
export interface Named {
  readonly id: string;
  readonly more: string;
}

export function named(ids: readonly string[]): Named[] {
  return ids.map((id) => ({ id, more: 'of which the state keeps nothing' }));
}

/** The state lists the ids of the readings in their order. Throws on those that are broken at the time. */
export function listing(broken: ReadonlySet<string> = new Set(), parts: Partial<Pipeline> = {}): Pipeline {
  return buildPipeline({
    initial: () => [],
    compute: (state, reading) => {
      const { id } = reading as Named;
      if (broken.has(id)) throw new Error('it is broken');
      return [...(state as Listed), id];
    },
    merge: (a, b) => [...(a as Listed), ...(b as Listed)],
    ...parts,
  });
}

/** Every message of the readings, as the reader of that pipeline sends them at a first attempt. */
export function pack(pipeline: Pipeline, request: string, readings: Listed, turn?: number): EncodedMessage[] {
  const origin = { id: request, since: 1_000_000, ...(turn === undefined ? {} : { sequence: turn }) };
  const foldPartial = partialsOf(pipeline, createInstantClock(1_000_000));
  return packReadings(origin, readings, () => 'k', foldPartial).get('k') ?? [];
}

export function merged(
  pipeline: Pipeline,
  request: string,
  readings: Listed,
  place: MessageParts,
): IncomingMessage {
  return deliver(only(pack(pipeline, request, readings, place.turn)), place);
}

/** The same readings as they are: of a pipeline without merge, or of a later attempt. */
export function plain(request: string, readings: Listed, place: MessageParts): IncomingMessage {
  return deliver(only(pack(buildPipeline(), request, readings, place.turn)), place);
}

function only([first, ...rest]: readonly EncodedMessage[]): EncodedMessage {
  if (first === undefined || rest.length > 0) throw new Error('these readings are not one message');
  return first;
}

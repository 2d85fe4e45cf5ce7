/**
 * Where observations go: a diagnostics channel of Node. Whoever runs the functions may subscribe (the local run
 * does, to draw the timeline); with no subscriber publishing costs next to nothing.
 */
import { channel } from 'node:diagnostics_channel';
import type { Observation } from './ports.ts';

export const OBSERVATIONS_CHANNEL = 'weir';

const observations = channel(OBSERVATIONS_CHANNEL);

export function observe(observation: Observation): void {
  if (observations.hasSubscribers) observations.publish(observation);
  // The log gets what an operator must know: one JSON line, no payload.
  if (observation.kind === 'failure') console.error(JSON.stringify({ level: 'error', ...observation }));
}

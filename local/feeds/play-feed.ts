/**
 * Plays a source that does not exist on this machine: hands the lines of a file to the function of a feed, as
 * its mapping would, and continues after the last record that the function reports as passed on.
 */
import { ENV } from '../../functions/env.ts';
import type { Line } from '../../model/lines.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import { failedOf } from '../mappings/partial-response.ts';
import { feedEvent, identifierOf } from './feed-event.ts';

/** Attempts in a row without progress. Chaos may cut off half of the attempts. */
const TRIES_MAX = 20;
const AT_ONCE = 10;
const PAUSE_MS = 50;

export async function playFeed(target: LocalFunction, lines: readonly Line[]): Promise<void> {
  const kind = target.plan.environment[ENV.feed] ?? '';
  let waiting = lines;
  for (let tries = 1; waiting.length > 0; tries += 1) {
    const batch = waiting.slice(0, AT_ONCE);
    const result = await target.invoke(feedEvent(kind, batch, Date.now()));
    const known = batch.map((line) => identifierOf(kind, line));
    const failed = failedOf(result, known, true);
    const first = known.findIndex((identifier) => failed.has(identifier));
    const passed = first === -1 ? batch.length : first;
    waiting = waiting.slice(passed);
    if (passed > 0) tries = 0;
    if (failed.size === 0) continue;
    if (tries >= TRIES_MAX) {
      throw new Error(
        `${target.plan.id} did not pass line ${waiting[0]?.number} on, ${TRIES_MAX} times: its own lines above say why`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

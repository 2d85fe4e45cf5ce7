/**
 * Plays a source that this machine has not: hands the lines of a file to the very function of a feed, as its mapping would, and
 * goes on only behind what that function says it has passed on.
 */
import { ENV } from '../../functions/env.ts';
import type { Line } from '../../model/lines.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import { failedOf } from '../mappings/partial-response.ts';
import { feedEvent, identifierOf } from './feed-event.ts';

/** Tries without a step forward. With chaos half of them may be cut off. */
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

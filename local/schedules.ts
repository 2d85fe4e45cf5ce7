/**
 * Plays the schedules of a stack on the clock of the run. A rate starts with the run, as it starts with a
 * deployment. A cron expression fires at its times, so a short run may not reach any.
 */
import type { Clock, OutgoingMessage } from '../functions/ports.ts';
import type { SchedulePlan } from './template/stack-spec.ts';

export interface ScheduleParts {
  readonly clock: Clock;
  send(queue: string, message: OutgoingMessage): Promise<void>;
  switchMapping(id: string, enabled: boolean): void;
  readonly onError: (error: unknown) => void;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/** Returns the function that ends them. */
export function startSchedules(plans: readonly SchedulePlan[], parts: ScheduleParts): () => Promise<void> {
  const stopping = new AbortController();
  const running = plans.map((plan) => play(plan, parts, stopping.signal).catch(parts.onError));
  return async () => {
    stopping.abort();
    await Promise.all(running);
  };
}

async function play(
  { schedule, action }: SchedulePlan,
  parts: ScheduleParts,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = parts;
  let at = schedule.everyMs === undefined ? schedule.next(clock.now()) : clock.now();
  while (at !== undefined && !signal.aborted) {
    for (let left = at - clock.now(); left > 0; left = at - clock.now()) {
      await clock.sleep(Math.min(left, SLEEP_MS_MAX), signal);
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    if (action.kind === 'switch') parts.switchMapping(action.mapping, action.enabled);
    else await parts.send(action.queue, withTime(action.message, at)).catch(parts.onError);
    at = schedule.next(at);
  }
}

/** Timers of Node are limited to 24 days. */
const SLEEP_MS_MAX = 86_400_000;

function withTime({ body, attributes = {} }: OutgoingMessage, at: number): OutgoingMessage {
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const put = (text: string) => text.replaceAll(SCHEDULED_TIME, time);
  return {
    body: put(body),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, put(value)])),
  };
}

/**
 * EventBridge Scheduler: messages come within a minute after their time, sometimes hours late, sometimes
 * twice, and sometimes although they were cancelled. Calls to it have the same faults as calls to SQS.
 */
import type { Clock, ScheduledMessage } from '../../functions/ports.ts';
import type { Queue } from '../../model/queue/types.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';

export interface Schedules {
  set(message: ScheduledMessage): void;
  cancel(id: string): void;
}

interface SchedulerWorld {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly readings: Queue;
}

const PRECISION_MS = 60_000;
const LATE_MS_MAX = 6 * 3_600_000;
const TWICE_MS_MAX = 3_600_000;

export function createSchedules({ clock, chance, faults, oracle, readings }: SchedulerWorld): Schedules {
  const waiting = new Map<string, { cancelled: boolean }>();
  const send = ({ body, group, deduplicationId }: ScheduledMessage) =>
    void readings.send({ body, group, deduplicationId });
  const mayFail = (share: number) => !faults.healed && !faults.calm && chance.happens(share);

  return {
    set(message) {
      if (waiting.has(message.id)) return;
      const schedule = { cancelled: false };
      waiting.set(message.id, schedule);
      const late = mayFail(0.15) ? chance.spread(PRECISION_MS, LATE_MS_MAX) : 0;
      const delayMs = Math.max(0, message.at - clock.now()) + chance.between(0, PRECISION_MS) + late;
      void clock.sleep(delayMs).then(() => {
        waiting.delete(message.id);
        if (schedule.cancelled) return;
        if (late > 0) oracle.count('wakeLate');
        send(message);
        if (!mayFail(0.15)) return;
        oracle.count('wakeTwice');
        void clock.sleep(chance.spread(1, TWICE_MS_MAX)).then(() => send(message));
      });
    },
    cancel(id) {
      const schedule = waiting.get(id);
      if (schedule === undefined) return;
      if (mayFail(0.5)) oracle.count('wakeNotTakenBack');
      else schedule.cancelled = true;
    },
  };
}

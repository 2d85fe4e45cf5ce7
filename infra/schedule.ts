/**
 * Schedules of EventBridge Scheduler, checked before a deployment: Scheduler accepts a schedule that never comes.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
import { Cron } from 'croner';
import { type Length, parseDuration } from '../functions/duration.ts';

export interface Schedule {
  /** `rate(5 minutes)` or `cron(0 6 * * ? *)`. */
  readonly expression: string;
  /** Name of the IANA time zone; UTC where nothing else is said. */
  readonly timeZone: string;
  /** Of a rate: the time in between. Undefined: it is a cron. */
  readonly everyMs: number | undefined;
  /** The first time after this one, epoch ms; undefined: there is none. */
  next(after: number): number | undefined;
}

/** Throws with what to write instead. `now`: a cron that never comes after it is refused. */
export function parseSchedule(text: string, timeZone: string, now: number): Schedule {
  checkZone(timeZone);
  const [, rate = text] = /^rate\((.+)\)$/.exec(text) ?? [];
  const length = parseDuration(rate);
  if (length !== undefined) return rateOf(text, length, timeZone);
  const [, fields] = /^cron\((.+)\)$/.exec(text) ?? [];
  if (fields === undefined) {
    throw new Error(
      `the schedule ${JSON.stringify(text)} is none: write '5 minutes', '2 hours', '1 day' or cron(MINUTES HOURS DAY MONTH WEEKDAY YEAR)`,
    );
  }
  const schedule = cronOf(text, fields, timeZone);
  if (schedule.next(now) !== undefined) return schedule;
  throw new Error(`the schedule ${text} never comes: no day from now on fits it`);
}

function rateOf(text: string, { count, unit, ms: everyMs }: Length, timeZone: string): Schedule {
  if (everyMs === 0)
    throw new Error(`the schedule ${JSON.stringify(text)} is none: the shortest is 1 minute`);
  const expression = `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
  return { expression, timeZone, everyMs, next: (after) => after + everyMs };
}

function cronOf(text: string, fields: string, timeZone: string): Schedule {
  const parts = fields.split(' ');
  const [minutes = '', hours = '', day = '', month = '', weekday = '', year = ''] = parts;
  const wrong = (why: string) => new Error(`the schedule ${text} is none: ${why}`);
  if (parts.length !== 6) {
    throw wrong(`it has ${parts.length} fields, and needs MINUTES HOURS DAY MONTH WEEKDAY YEAR`);
  }
  if ((day === '?') === (weekday === '?')) throw wrong('one of DAY and WEEKDAY, and not both, has to be ?');
  // The other cron counts weekdays from 0, and knows no start before a step; its own ? means something else.
  const given = [
    '0',
    stepped(minutes, 59),
    stepped(hours, 23),
    day === '?' ? '*' : stepped(day, 31),
    stepped(month, 12),
    weekday === '?' ? '*' : weekdays(weekday),
    stepped(year, 2199),
  ].join(' ');
  try {
    const cron = new Cron(given, { timezone: timeZone, mode: '7-part', paused: true });
    return {
      expression: text,
      timeZone,
      everyMs: undefined,
      next: (after) => cron.nextRun(new Date(after))?.getTime(),
    };
  } catch (error) {
    throw wrong(error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error));
  }
}

/** `5/15` is every 15 from 5 on. */
function stepped(field: string, last: number): string {
  return field.replace(/(^|,)(\d+)\//g, `$1$2-${last}/`);
}

/** AWS: 1 is Sunday, 7 is Saturday; of `6#3` only what is before the sign is a weekday. */
function weekdays(field: string): string {
  const fromZero = field.replace(/(^|,|-)(\d+)/g, (_all, before: string, number: string) => {
    const day = Number(number) - 1;
    // Here 7 would be Sunday again.
    return `${before}${day > 6 ? number.padEnd(2, '9') : day}`;
  });
  return stepped(fromZero, 6);
}

function checkZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new Error(
      `the time zone ${JSON.stringify(timeZone)} is not known: write one such as Europe/Berlin`,
    );
  }
}

/**
 * Schedules of EventBridge Scheduler. They are checked before a deployment, because Scheduler accepts one that never runs.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
import { Cron } from 'croner';
import { type Length, parseDuration } from '../functions/duration.ts';

export interface Schedule {
  /** `rate(5 minutes)` or `cron(0 6 * * ? *)`. */
  readonly expression: string;
  /** Name of the IANA time zone. */
  readonly timeZone: string;
  /** The interval of a rate; undefined for a cron expression. */
  readonly everyMs: number | undefined;
  /** The first time after `after`, epoch ms; undefined if there is none. */
  next(after: number): number | undefined;
}

/** Throws an error that says what to write instead. A cron expression without a time after `now` (epoch ms) is refused. */
export function parseSchedule(text: string, timeZone: string, now: number): Schedule {
  checkZone(timeZone);
  const [, rate = text] = /^rate\((.+)\)$/.exec(text) ?? [];
  const length = parseDuration(rate);
  if (length !== undefined) return rateOf(text, length, timeZone);
  const [, fields] = /^cron\((.+)\)$/.exec(text) ?? [];
  if (fields === undefined) {
    throw new Error(
      `the schedule ${JSON.stringify(text)} is not valid: write '5 minutes', '2 hours', '1 day' or cron(MINUTES HOURS DAY MONTH WEEKDAY YEAR)`,
    );
  }
  const schedule = cronOf(text, fields, timeZone);
  if (schedule.next(now) !== undefined) return schedule;
  throw new Error(`the schedule ${text} never comes: no day from now on fits it`);
}

function rateOf(text: string, { count, unit, ms: everyMs }: Length, timeZone: string): Schedule {
  if (everyMs === 0)
    throw new Error(`the schedule ${JSON.stringify(text)} is not valid: the shortest is 1 minute`);
  const expression = `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
  return { expression, timeZone, everyMs, next: (after) => after + everyMs };
}

function cronOf(text: string, fields: string, timeZone: string): Schedule {
  const parts = fields.split(' ');
  const [minutes = '', hours = '', day = '', month = '', weekday = '', year = ''] = parts;
  const wrong = (why: string) => new Error(`the schedule ${text} is not valid: ${why}`);
  if (parts.length !== 6) {
    throw wrong(`it has ${parts.length} fields, and needs MINUTES HOURS DAY MONTH WEEKDAY YEAR`);
  }
  if ((day === '?') === (weekday === '?')) throw wrong('one of DAY and WEEKDAY, and not both, has to be ?');
  // croner counts weekdays from 0, does not accept a start before a step, and gives ? another meaning.
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

/** `5/15` means every 15 from 5 on. croner writes it as `5-59/15`. */
function stepped(field: string, last: number): string {
  return field.replace(/(^|,)(\d+)\//g, `$1$2-${last}/`);
}

/** In AWS, 1 is Sunday and 7 is Saturday. In `6#3` only the part before `#` is a weekday. */
function weekdays(field: string): string {
  const fromZero = field.replace(/(^|,|-)(\d+)/g, (_all, before: string, number: string) => {
    const day = Number(number) - 1;
    // croner would accept 7 as Sunday, so a number above 7 must stay invalid.
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

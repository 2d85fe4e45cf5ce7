/** The story of a violation: what happened to the request that it names. */
import type { Violation } from '../oracle/ledger.ts';
import type { TraceEvent } from '../oracle/trace.ts';

const EVENTS_SHOWN = 60;
const EVENT_LENGTH = 200;

/** The events of the request that the violation names, and of the invocations that handled it. */
export function storyOf({ text }: Violation, events: readonly TraceEvent[]): string[] {
  const subject = /#\d+/.exec(text)?.[0] ?? /"[^"]+"/.exec(text)?.[0] ?? text;
  const about = new RegExp(`${subject.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\d)`);
  const own = events.filter((event) => about.test(event.text));
  const invocations = new Set(own.flatMap((event) => /^\w+~\d+\/\d+/.exec(event.text)?.[0] ?? []));
  const endings = events.filter(
    (event) =>
      / (died|failed): /.test(event.text) && invocations.has(/^\w+~\d+\/\d+/.exec(event.text)?.[0] ?? ''),
  );
  const [head, ...rest] = events;
  const story = [...new Set([...own, ...endings])].sort((a, b) => events.indexOf(a) - events.indexOf(b));
  const broken = story.findIndex((event) => event.text.startsWith('VIOLATION'));
  const told = story.slice(0, broken === -1 ? undefined : broken + 1).slice(-EVENTS_SHOWN);
  return (head === undefined ? [] : [head, ...told.filter((event) => event !== head)]).map((event) =>
    showEvent(event, rest[0]?.at ?? event.at),
  );
}

export function showEvent({ at, text }: TraceEvent, start: number): string {
  const seconds = ((at - start) / 1000).toFixed(3).padStart(12);
  return `  ${seconds}  ${text.length > EVENT_LENGTH ? `${text.slice(0, EVENT_LENGTH)}…` : text}`;
}

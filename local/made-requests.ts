/**
 * The requests of a run that did not come from its file: those that reads and writes submitted, and those of schedules, feeds
 * and commands. Each id counts once, as each has its effect once. They all carry an id in an attribute.
 */
import * as v from 'valibot';
import type { Lane } from '../functions/backfill.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import { type Answer, type Call, OPERATOR } from './gateway/call.ts';
import { createIdSet } from './report/id-set.ts';
import type { QueuePlan } from './template/stack-spec.ts';

export interface MadeRequests {
  /** A request of the run's file, which is counted elsewhere. */
  given(message: OutgoingMessage): void;
  /** A call that was answered at the gateway. */
  called(call: Call, answer: Answer): void;
  /** A message that something in this process sent, such as a schedule. */
  sent(queueName: string, message: OutgoingMessage): void;
  readonly count: Readonly<Record<Lane, number>>;
}

/** A record of a feed has its position in the second. */
const { id, messageId } = REQUEST_ATTRIBUTES;

/** Logical ids. */
export const LANE_QUEUES: Readonly<Record<Lane, string>> = {
  live: 'RequestsQueue',
  backfill: 'BackfillQueue',
};

const Entry = v.object({
  MessageAttributes: v.optional(v.record(v.string(), v.object({ StringValue: v.optional(v.string()) })), {}),
});
const Sending = v.object({ QueueUrl: v.string(), Entries: v.optional(v.array(Entry)), ...Entry.entries });

export function watchMadeRequests(queues: readonly Pick<QueuePlan, 'id' | 'name'>[]): MadeRequests {
  const lanes = new Map<string, Lane>();
  for (const lane of ['live', 'backfill'] as const) {
    const queue = queues.find(({ id }) => id === LANE_QUEUES[lane]);
    if (queue !== undefined) lanes.set(queue.name, lane);
  }
  const ends = [...lanes.keys()].map((name) => `/${name}"`);
  const known = createIdSet();
  const count = { live: 0, backfill: 0 };
  const note = (queueName: string, own: string | undefined) => {
    const lane = lanes.get(queueName);
    if (lane !== undefined && own !== undefined && known.add(own)) count[lane] += 1;
  };
  return {
    count,
    given({ attributes }) {
      const own = attributes?.[id];
      if (own !== undefined) known.add(own);
    },
    called({ service, operation, functionName, body }, { status }) {
      // Most calls send readings: to look for the name of a queue is cheaper than to parse them.
      if (service !== 'SQS' || !operation.startsWith('SendMessage') || status !== 200) return;
      if (!ends.some((end) => body.includes(end))) return;
      const { QueueUrl, Entries, ...one } = v.parse(Sending, JSON.parse(body.toString()));
      // A reader or a command that sends a request again names it by the id of its first message.
      const first = functionName === OPERATOR || functionName === 'Reader' ? id : messageId;
      const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
      for (const { MessageAttributes } of Entries ?? [one])
        note(name, (MessageAttributes[id] ?? MessageAttributes[first])?.StringValue);
    },
    sent: (queueName, { attributes }) => note(queueName, attributes?.[id]),
  };
}

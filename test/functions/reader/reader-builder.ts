/** A reader with fakes at its ports, and requests as Lambda hands them over. */

import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import type { Clock, OutgoingMessage } from '../../../functions/ports.ts';
import type { Ending, ReadingProcess } from '../../../functions/reader/apart.ts';
import { createBudget } from '../../../functions/reader/budget.ts';
import type { ReaderPorts } from '../../../functions/reader/read-request.ts';
import { createReads, orElse } from '../../../functions/reader/reading-process.ts';
import { createSender } from '../../../functions/reader/sender.ts';
import {
  buildIncoming,
  buildPipeline,
  createRandom,
  createRecordingOutbox,
  type Refuse,
} from '../../builders.ts';
import { createManualClock } from '../../clocks.ts';

export const TIME_MS = 30_000;

interface ReaderParts {
  readonly read?: Pipeline['read'];
  readonly pipeline?: Partial<Pipeline>;
  /** Further requests on the queue, for those who pull. */
  readonly waiting?: IncomingMessage[];
  readonly refuse?: Refuse;
  readonly refuseSubmit?: Refuse;
  readonly refuseDead?: Refuse;
}

export function buildReader({
  read,
  pipeline,
  waiting = [],
  refuse,
  refuseSubmit,
  refuseDead,
}: ReaderParts = {}) {
  const clock = createManualClock();
  const readings = createRecordingOutbox(refuse);
  const submitted = createRecordingOutbox(refuseSubmit);
  const deadLetters = createRecordingOutbox(refuseDead);
  const postponed: { handle: string; seconds: number }[] = [];
  const removed: string[] = [];
  const pulls: number[] = [];
  const holds: number[] = [];
  const built = buildPipeline({ ...(read === undefined ? {} : { read }), ...pipeline });
  const ports: ReaderPorts = {
    pipeline: built,
    budget: createBudget(built.limits),
    startReading: () => startReadingHere(built, clock),
    clock,
    random: createRandom(),
    observe: () => undefined,
    send: createSender({ outbox: readings, clock, random: createRandom() }, 0),
    submit: createSender({ outbox: submitted, clock, random: createRandom() }, 0),
    requests: {
      postpone: async (handle, seconds) => {
        postponed.push({ handle, seconds });
      },
      receive: async (max, seconds) => {
        pulls.push(max);
        holds.push(seconds);
        return waiting.splice(0, max);
      },
      remove: async (handles) => {
        removed.push(...handles);
      },
    },
    deadLetters,
  };
  return { clock, ports, readings, submitted, deadLetters, postponed, removed, pulls, holds };
}

/** A request whose body is its id, as JSON. */
export function buildRequest(id: string, parts: Partial<IncomingMessage> = {}): IncomingMessage {
  return buildIncoming({ messageId: id, body: JSON.stringify(id), ...parts });
}

/** Request and readings of each message. */
export function readingsOf(taken: readonly OutgoingMessage[]): unknown[][] {
  return taken.map(({ body }) => decodeMessage(body)).map(({ request, readings }) => [request, ...readings]);
}

/** Stands for a process of its own: reads that are told to `end` it take the others along. */
export function startReadingHere(pipeline: Pipeline, clock: Clock): ReadingProcess {
  const read = createReads(pipeline, clock);
  const waiting = new Set<(ending: Ending) => void>();
  const end = (reason: string) => {
    for (const settle of waiting) settle({ kind: 'ended', reason });
  };
  return {
    started: Promise.resolve(true),
    end,
    read: (message, deadlineMs, note, enter) =>
      new Promise((settle, refuse) => {
        waiting.add(settle);
        void read(message, deadlineMs, note, enter && orElse(enter, refuse)).then((answer) => {
          waiting.delete(settle);
          if (answer.kind === 'failed' && answer.reason.includes(ENDS)) end(ENDS);
          settle(
            answer.kind === 'failed' && answer.reason.includes(ENDS)
              ? { kind: 'ended', reason: ENDS }
              : answer,
          );
        });
      }),
  };
}

export const ENDS = 'the process ends here';

/** One key as the kit plays it: its item, a clock, and the schedules that its commits requested. */

import { resetMessage, wakeMessage } from '../functions/commands.ts';
import { encodeJson } from '../functions/json.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import type { EncodedMessage } from '../functions/readings.ts';
import type { KeyItem, WakeSchedule } from '../functions/state.ts';
import type { Commit } from '../functions/state-store.ts';
import { foldTwice } from './fold-twice.ts';
import { refuse } from './options.ts';

export interface Life {
  readonly key: string;
  /** Processes messages as they come, and sets aside those on which it throws. */
  readonly pipeline: Pipeline;
  readonly lateMs: number;
  readonly poison: 'allowed' | undefined;
  item: KeyItem | undefined;
  now: number;
  messages: number;
  readonly outputs: unknown[];
  readonly setAside: string[];
  readonly schedules: Schedule[];
}

interface Schedule extends WakeSchedule {
  readonly comesAt: number;
}

/** Without this delay, a wake that requests itself at once would stop time from advancing. */
const AT_ONCE_MS = 1_000;

export function take(life: Life, message: EncodedMessage, pipeline = life.pipeline): void {
  life.messages += 1;
  const sent = { sentAt: life.now, number: life.messages };
  foldTwice(pipeline, life.item, message, sent, (commit) => land(life, commit));
}

function land(life: Life, { next, dead }: Commit): void {
  const [first] = dead;
  if (first !== undefined && life.poison !== 'allowed')
    refuse(
      `${first.reason} (key ${JSON.stringify(life.key)}). If this is intended, say { poison: 'allowed' }`,
    );
  life.setAside.push(...dead.map(({ reason }) => reason));
  life.outputs.push(...next.outputs.map((text): unknown => JSON.parse(text)));
  for (const schedule of next.waking?.set ?? []) {
    const dueAt = schedule.at > life.now ? schedule.at : life.now + AT_ONCE_MS;
    life.schedules.push({ ...schedule, comesAt: dueAt + life.lateMs });
  }
  // Receipts are not needed here: only wakes come twice, and the item itself knows which ones it waits for.
  life.item = { ...next, receipts: [] };
}

/** Each schedule sends its message twice, including schedules that were to be deleted. */
export function passUntil(life: Life, until: number): void {
  for (;;) {
    const [due] = life.schedules
      .filter(({ comesAt }) => comesAt <= until)
      .toSorted((a, b) => a.comesAt - b.comesAt);
    if (due === undefined) break;
    life.schedules.splice(life.schedules.indexOf(due), 1);
    life.now = due.comesAt;
    const setAside = life.setAside.length;
    take(life, wakeMessage(life.key, due));
    // A wake that was set aside would come again as its own redrive.
    if (life.setAside.length === setAside) take(life, wakeMessage(life.key, due));
  }
  life.now = until;
}

export function resetTo(life: Life, state: unknown, pipeline = life.pipeline): void {
  const to = { state: encodeJson(state, 'the state'), stateVersion: pipeline.state.version };
  take(life, resetMessage(life.key, to, 'a test', `reset-${life.messages}`), pipeline);
}

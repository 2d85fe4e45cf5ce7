/**
 * Pausing: reads, computes or writes stop, and nothing is lost. A part is paused by disabling its event
 * source mapping: invocations in progress finish, and waiting messages and records stay in the queue or
 * stream in their order.
 */
import { defined } from '../functions/defined.ts';
import { reasonOf } from '../functions/errors.ts';
import { encodeNote, type PauseNote } from '../functions/pause-note.ts';
import { OperatorError } from '../model/operator-error.ts';
import { type Deployment, noBackfill, type Stage } from './deployment.ts';
import {
  type MappingState,
  readNote,
  removeNote,
  type SeenMapping,
  seeMapping,
  switchMapping,
  writeNote,
} from './mapping.ts';
import { removeEnd, scheduleEnd } from './pause-end.ts';

/** `reads` means both lanes, `backfill` only the backfill lane. */
export const PARTS = ['reads', 'computes', 'writes', 'backfill'] as const;
export type Part = (typeof PARTS)[number];

export interface BrakeStatus {
  readonly part: Part;
  readonly state: MappingState;
  /** The note of a part that does not run. Empty if a schedule or another tool paused it. */
  readonly note: PauseNote;
}

export interface PauseOptions {
  readonly reason: string | undefined;
  /** Epoch ms. */
  readonly until: number | undefined;
  readonly now: number;
}

export interface Braked {
  readonly part: Part;
  /** `changing`: Lambda did not finish within the wait. */
  readonly state: MappingState;
  /** Side steps that failed. */
  readonly problems: readonly string[];
}

const STAGES = { reads: 'reader', computes: 'compute', writes: 'writer' } as const satisfies Record<
  Exclude<Part, 'backfill'>,
  Stage
>;

/**
 * A table's stream keeps a record for 24 hours, and records older than 20 hours go to the bucket, so such a
 * pause must have an end.
 */
export const WRITES_PAUSED_MS_MAX = 19 * 3_600_000;
/** SQS keeps a message for 14 days at most, including the time before the pause. */
export const QUEUES_PAUSED_MS_MAX = 13 * 86_400_000;

export async function brakeOf(deployment: Deployment): Promise<BrakeStatus[]> {
  const { call } = deployment;
  const found = PARTS.map(async (part): Promise<BrakeStatus[]> => {
    const id = ownMapping(deployment, part);
    if (id === undefined) return [];
    const mapping = await seeMapping(call, id);
    const note = mapping.state === 'running' ? {} : await readNote(call, mapping).catch(() => ({}));
    return [{ part, state: mapping.state, note }];
  });
  return (await Promise.all(found)).flat();
}

/** Throws before anything is changed if the pause is not possible as requested. */
export function checkPause(part: Part, { reason, until, now }: PauseOptions): void {
  checkReason(reason);
  const longest = part === 'writes' ? WRITES_PAUSED_MS_MAX : QUEUES_PAUSED_MS_MAX;
  if (until === undefined) {
    if (part !== 'writes') return;
    throw new OperatorError(
      'outputs wait in the stream of the table, which keeps them for 24 hours and then deletes them: give the pause of ' +
        'writes an end, --for 19h at the most, or pause computes, which wait in a queue for days',
    );
  }
  const ms = until - now;
  if (ms <= 0) throw new OperatorError('the end of the pause is over already: give a later one');
  if (ms <= longest) return;
  throw new OperatorError(
    part === 'writes'
      ? 'a pause of writes lasts 19 hours at the most: the stream of the table deletes outputs after 24. Pause computes instead'
      : `a pause of ${part} lasts 13 days at the most: SQS deletes what waits for longer than its queue keeps it, 14 days at the most`,
  );
}

function checkReason(reason: string | undefined): void {
  try {
    if (reason !== undefined) encodeNote({ reason });
  } catch (error) {
    throw new OperatorError(reasonOf(error), { cause: error });
  }
}

/** The end is scheduled first, so that no pause is left without one. */
export async function pause(deployment: Deployment, part: Part, options: PauseOptions): Promise<Braked> {
  checkPause(part, options);
  return ofAll(mappingsOf(deployment, part), (id) => pauseMapping(deployment, part, id, options));
}

async function pauseMapping(
  deployment: Deployment,
  part: Part,
  id: string,
  { reason, until, now }: PauseOptions,
): Promise<Braked> {
  const { call } = deployment;
  const problems: string[] = [];
  if (until === undefined)
    await attempt('the end set earlier could not be cancelled', problems, removeEnd(call, id));
  else await scheduleEnd(deployment, id, until);
  const mapping = await switchMapping(call, id, false);
  const note: PauseNote = {
    ...defined({ reason }),
    since: new Date(now).toISOString(),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
  await attempt('the reason could not be kept', problems, writeNote(call, mapping, note));
  return { part, state: await settled(deployment, mapping), problems };
}

export async function resume(deployment: Deployment, part: Part): Promise<Braked> {
  return ofAll(mappingsOf(deployment, part), (id) => resumeMapping(deployment, part, id));
}

async function resumeMapping(deployment: Deployment, part: Part, id: string): Promise<Braked> {
  const { call } = deployment;
  const problems: string[] = [];
  const mapping = await switchMapping(call, id, true);
  await attempt('the reason could not be removed', problems, removeNote(call, mapping));
  await attempt('the scheduled end could not be cancelled', problems, removeEnd(call, id));
  return { part, state: await settled(deployment, mapping), problems };
}

/** Pauses or resumes each of these mappings. The result covers all of them. */
async function ofAll(
  [first, ...others]: readonly [string, ...string[]],
  brake: (id: string) => Promise<Braked>,
): Promise<Braked> {
  let all = await brake(first);
  for (const id of others) {
    const { state, problems } = await brake(id);
    const isBoth = state === all.state;
    all = { ...all, state: isBoth ? state : 'changing', problems: [...all.problems, ...problems] };
  }
  return all;
}

async function attempt(what: string, problems: string[], work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => void problems.push(`${what}: ${reasonOf(error)}`));
}

const SETTLED_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = { local: 20, aws: 2_000 };

async function settled({ call, local }: Deployment, mapping: SeenMapping): Promise<MappingState> {
  const everyMs = local ? LOOK_EVERY_MS.local : LOOK_EVERY_MS.aws;
  let { state } = mapping;
  for (let waited = 0; state === 'changing' && waited < SETTLED_WITHIN_MS; waited += everyMs) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    ({ state } = await seeMapping(call, mapping.id));
  }
  return state;
}

function ownMapping({ mappings, backfillMapping }: Deployment, part: Part): string | undefined {
  return part === 'backfill' ? backfillMapping : mappings[STAGES[part]];
}

function mappingsOf(deployment: Deployment, part: Part): [string, ...string[]] {
  const { backfillMapping, name } = deployment;
  const id = ownMapping(deployment, part);
  if (id !== undefined) {
    return part === 'reads' && backfillMapping !== undefined ? [id, backfillMapping] : [id];
  }
  if (part === 'backfill') throw noBackfill(name);
  throw new OperatorError(
    `the outputs of ${name} do not name the event source mapping of its ${part}: it was deployed by an older build, deploy it again`,
  );
}

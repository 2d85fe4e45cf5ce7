/**
 * An event source mapping for pausing: its state, its switch, and the note in its tags.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
import * as v from 'valibot';
import { decodeNote, encodeNote, PAUSE_TAGS, type PauseNote } from '../functions/pause-note.ts';
import { OperatorError } from '../model/operator-error.ts';
import { RefusedCall, type SignedAnswer, type SignedCall, type SignedRequest } from './signed-call.ts';

/** `changing`: Lambda reports Creating, Enabling, Disabling, Updating or Deleting. */
export type MappingState = 'running' | 'paused' | 'changing';

export interface SeenMapping {
  readonly id: string;
  readonly arn: string;
  readonly state: MappingState;
}

const Answer = v.object({ EventSourceMappingArn: v.string(), State: v.string() });
const Tags = v.object({ Tags: v.optional(v.record(v.string(), v.string()), {}) });

export async function seeMapping(call: SignedCall, id: string): Promise<SeenMapping> {
  return seen(id, await call('lambda', { method: 'GET', path: pathOf(id) }));
}

/** Lambda answers at once and switches within about a minute. */
export async function switchMapping(call: SignedCall, id: string, Enabled: boolean): Promise<SeenMapping> {
  const request = { method: 'PUT', path: pathOf(id), body: JSON.stringify({ Enabled }) } as const;
  return seen(id, await whenFree(call, request));
}

export async function readNote(call: SignedCall, { arn }: SeenMapping): Promise<PauseNote> {
  const { text } = await call('lambda', { method: 'GET', path: tagsPathOf(arn) });
  return decodeNote(v.parse(v.pipe(v.string(), v.parseJson(), Tags), text).Tags);
}

/** Replaces an existing note. */
export async function writeNote(call: SignedCall, mapping: SeenMapping, note: PauseNote): Promise<void> {
  await removeNote(call, mapping);
  await call('lambda', { path: tagsPathOf(mapping.arn), body: JSON.stringify({ Tags: encodeNote(note) }) });
}

export async function removeNote(call: SignedCall, { arn }: SeenMapping): Promise<void> {
  const tagKeys = Object.values(PAUSE_TAGS);
  await call('lambda', { method: 'DELETE', path: tagsPathOf(arn), query: { tagKeys } });
}

/** While a mapping changes, Lambda refuses further changes. */
async function whenFree(call: SignedCall, request: SignedRequest): Promise<SignedAnswer> {
  for (let triesLeft = BUSY_TRIES; ; triesLeft -= 1) {
    try {
      return await call('lambda', request);
    } catch (error) {
      const isBusy =
        error instanceof RefusedCall && [400, 409].includes(error.status) && /InUse/.test(error.message);
      if (!isBusy || triesLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
    }
  }
}

const BUSY_TRIES = 30;
const BUSY_WAIT_MS = 2_000;

function seen(id: string, { from, text }: SignedAnswer): SeenMapping {
  const { success, output: answer } = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), text);
  if (!success) {
    const words = text === '' ? 'nothing' : text.slice(0, 100);
    throw new OperatorError(
      `${from} did not say how the event source mapping is: it answered ${words}. What is there is no Lambda, or not all of it`,
    );
  }
  const states: Readonly<Record<string, MappingState>> = { Enabled: 'running', Disabled: 'paused' };
  return { id, arn: answer.EventSourceMappingArn, state: states[answer.State] ?? 'changing' };
}

function pathOf(id: string): string {
  return `/2015-03-31/event-source-mappings/${encodeURIComponent(id)}`;
}

function tagsPathOf(arn: string): string {
  return `/2017-03-31/tags/${encodeURIComponent(arn)}`;
}

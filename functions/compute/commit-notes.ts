/**
 * Notes on the newest commits of a key: which requests each commit took readings from. They explain how a state came about.
 * Only a pipeline with `history` has them. They are part of the item, so each commit writes its own note without an extra
 * call.
 *
 * A note has names and counts but no values: readings would soon fill the item.
 */

import type { CommitNote, KeyItem } from '../state.ts';
import type { Commit } from '../state-store.ts';
import type { Arrival } from './arrival.ts';
import type { Draft } from './draft.ts';

/** The most bytes of an item that the notes may take. DynamoDB bills every started kilobyte of the item at each write. */
export const NOTES_BYTES_MAX = 8 * 1024;
const REQUESTS_PER_NOTE_MAX = 10;
const REQUEST_LENGTH_MAX = 100;

/** Call this after a message was taken in. `readings` is how many of its readings were. */
export function noteTaken(
  { taken }: Draft,
  { message: { request }, sentAt }: Arrival,
  readings: number,
): void {
  if (readings > 0) taken.push({ request, readings, sentAt });
}

/** The commit with its note in the item. Without `history` it is returned unchanged. */
export function withNotes(commit: Commit, draft: Draft, history: number): Commit {
  return history === 0
    ? commit
    : { ...commit, next: { ...commit.next, commits: notesOf(draft, commit.next, history) } };
}

function notesOf(draft: Draft, { version, forgotten }: KeyItem, history: number): readonly CommitNote[] {
  const { base, taken } = draft;
  if (forgotten?.version === version) return [];
  const note = noteOf(draft, version);
  const known = base?.commits ?? [];
  const commits = (taken.length === 0 ? known : [...known, note]).slice(-history);
  while (commits.length > 1 && Buffer.byteLength(JSON.stringify(commits)) > NOTES_BYTES_MAX) commits.shift();
  return commits;
}

function noteOf(
  { taken, applied, skipped, deadReadings, woken, outputs }: Draft,
  version: number,
): CommitNote {
  const byRequest = new Map<string, number>();
  for (const { request, readings } of taken) byRequest.set(request, (byRequest.get(request) ?? 0) + readings);
  return {
    version,
    at: Math.max(0, ...taken.map(({ sentAt }) => sentAt)),
    requests: [...byRequest]
      .slice(0, REQUESTS_PER_NOTE_MAX)
      .map(([request, readings]) => ({ request: request.slice(0, REQUEST_LENGTH_MAX), readings })),
    others: Math.max(0, byRequest.size - REQUESTS_PER_NOTE_MAX),
    applied,
    skipped,
    dead: deadReadings,
    woken,
    outputs: outputs.length,
  };
}

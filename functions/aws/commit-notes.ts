/** Notes of commits as an item stores them: lists without names, because every commit writes all bytes again. */
import { isRecord } from '../json.ts';
import type { CommitNote, KeyItem } from '../state.ts';
import { parseText } from './json-attributes.ts';

export function encodeNotes(commits: readonly CommitNote[] | undefined): { S: string } | undefined {
  if (commits === undefined || commits.length === 0) return undefined;
  const rows = commits.map(({ version, at, requests, others, applied, skipped, dead, woken, outputs }) => ({
    v: version,
    at,
    r: requests.map(({ request, readings }) => [request, readings]),
    n: [applied, skipped, dead, woken, outputs, others],
  }));
  return { S: JSON.stringify(rows) };
}

export function decodeNotes(text: string | undefined): Pick<KeyItem, 'commits'> {
  const rows = text === undefined ? undefined : parseText(text);
  return Array.isArray(rows) ? { commits: rows.flatMap((row) => noteIn(row)) } : {};
}

function noteIn(row: unknown): CommitNote[] {
  if (!isRecord(row) || !Array.isArray(row['r']) || !Array.isArray(row['n'])) return [];
  const [applied = 0, skipped = 0, dead = 0, woken = 0, outputs = 0, others = 0] = row['n'].map(Number);
  const requests = row['r'].flatMap((pair: unknown) =>
    Array.isArray(pair) ? [{ request: String(pair[0]), readings: Number(pair[1]) }] : [],
  );
  const counts = { applied, skipped, dead, woken, outputs, others };
  return [{ version: Number(row['v']), at: Number(row['at']), requests, ...counts }];
}

/**
 * The note of a pause: why, since when and until when. It is kept in tags of the event source mapping, so it is in the same
 * place as the pause. Only the mapping itself decides whether the part is paused.
 *
 * A tag allows 256 letters, digits, spaces and + - = . _ : / @. Any other character of a reason is written as its UTF-8
 * bytes, such as `=3B`. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
 */
import { defined } from './defined.ts';

export interface PauseNote {
  readonly reason?: string;
  /** Times in ISO 8601. */
  readonly since?: string;
  readonly until?: string;
}

export const PAUSE_TAGS = {
  reason: 'weir-pause-reason',
  since: 'weir-pause-since',
  until: 'weir-pause-until',
} as const;

const TAG_LENGTH_MAX = 256;
const WRITTEN_AS_BYTES = /[^\p{L}\p{N} +\-._:/@]/gu;

/** Throws a RangeError if the reason does not fit a tag. */
export function encodeNote({ reason, since, until }: PauseNote): Record<string, string> {
  return defined({
    [PAUSE_TAGS.reason]: reason === undefined ? undefined : encodeReason(reason),
    [PAUSE_TAGS.since]: since,
    [PAUSE_TAGS.until]: until,
  });
}

/** Leaves out what cannot be read, because other tools may write tags too. */
export function decodeNote(tags: Readonly<Record<string, string>>): PauseNote {
  const reason = tags[PAUSE_TAGS.reason];
  const since = timeOf(tags[PAUSE_TAGS.since]);
  const until = timeOf(tags[PAUSE_TAGS.until]);
  return defined({ reason: reason === undefined ? undefined : decodeReason(reason), since, until });
}

function encodeReason(reason: string): string {
  const text = reason
    .toWellFormed()
    .replace(WRITTEN_AS_BYTES, (letter) =>
      [...new TextEncoder().encode(letter)]
        .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    );
  if (text.length <= TAG_LENGTH_MAX) return text;
  throw new RangeError(
    `the reason takes ${text.length} characters as a tag; at most ${TAG_LENGTH_MAX} are allowed (a character that tags do not allow counts as three or more): make it shorter`,
  );
}

function decodeReason(text: string): string {
  return text.replace(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    new TextDecoder().decode(Uint8Array.from(bytes.slice(1).split('='), (byte) => Number.parseInt(byte, 16))),
  );
}

/** Undefined if the text is not a time. */
function timeOf(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

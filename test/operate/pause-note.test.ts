import { describe, expect, test } from 'vitest';
import { decodeNote, encodeNote, PAUSE_TAGS } from '../../functions/pause-note.ts';
import fc from '../properties.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
const TAKEN_BY_A_TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

describe('the note of a pause', () => {
  test('is stored in tags and read back exactly, whatever characters its reason has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (reason) => {
        const note = { reason, since: '2026-11-28T10:00:00.000Z', until: '2026-11-28T12:00:00.000Z' };
        const tags = encodeNote(note);
        expect(tags[PAUSE_TAGS.reason]).toMatch(TAKEN_BY_A_TAG);
        expect(decodeNote({ ...tags, team: 'water' })).toEqual(note);
      }),
    );
  });

  test('is refused when its reason is too long for a tag, and says by how much', () => {
    expect(encodeNote({ reason: 'x'.repeat(256) })).toEqual({ [PAUSE_TAGS.reason]: 'x'.repeat(256) });
    expect(() => encodeNote({ reason: 'x'.repeat(257) })).toThrow(
      /takes 257 characters as a tag; at most 256 are allowed/,
    );
    expect(() => encodeNote({ reason: ';'.repeat(86) })).toThrow(/takes 258 characters/);
  });

  test('of tags that somebody else wrote has the readable parts', () => {
    expect(decodeNote({ [PAUSE_TAGS.until]: 'tomorrow', [PAUSE_TAGS.reason]: 'a=b' })).toEqual({
      reason: 'a=b',
    });
  });
});

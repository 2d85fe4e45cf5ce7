import { hash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { controlMessage, forgetMessage, migrateMessage, resetMessage } from '../../functions/commands.ts';
import { decodeMessage } from '../../functions/decode-readings.ts';
import { bodyAgain, encodeEnvelope, singleReading, wholeMessage } from '../../functions/encode-readings.ts';
import { NewerFormatError, PermanentError } from '../../functions/errors.ts';
import { KEY_BYTES_MAX, MESSAGE_BYTES_MAX, READINGS_PER_REQUEST_MAX } from '../../functions/limits.ts';
import { checkKey, groupOf, receiptOf } from '../../functions/message-ids.ts';
import { emptyMessage, packReadings } from '../../functions/pack.ts';
import { type EncodedMessage, MESSAGE_FORMAT, type ReadingsMessage } from '../../functions/readings.ts';
import fc from '../properties.ts';

const SQS_ID = /^[!-~]{1,128}$/;
const SQS_TEXT = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '\uD800',
    '\uFFFF',
    '\u{1F4A7}',
    '\u00E9',
    'e\u0301',
    'a:b',
    ':',
    '1:a',
  ),
);
const key = text.filter((one) => one !== '' && one.isWellFormed() && Buffer.byteLength(one) <= KEY_BYTES_MAX);
const id = text.filter((one) => one !== '' && one.isWellFormed());
const reading = fc.record({ key, value: text }, { noNullPrototype: true });
const readings = fc.array(reading, { maxLength: 30 });
const keyOf = (one: unknown) => (one as { key: string }).key;

const pack = (request: string, list: Iterable<unknown>): EncodedMessage[] =>
  [...packReadings({ id: request, since: 5 }, list, keyOf).values()].flat();

/** As large as the message would be if nothing were compressed. */
function wholeBytes({ readings: list, ...envelope }: ReadingsMessage): number {
  return Buffer.byteLength(
    encodeEnvelope(
      envelope,
      list.map((one) => JSON.stringify(one)),
    ),
  );
}

describe('packing', () => {
  test('loses, doubles, swaps and alters nothing, and never mixes keys', () => {
    fc.assert(
      fc.property(id, readings, (request, list) => {
        const messages = pack(request, list);
        for (const { body, key: own, group } of messages) {
          const message = decodeMessage(body);
          expect(message).toMatchObject({ kind: 'readings', request, since: 5, key: own });
          expect(group).toBe(groupOf(own));
          expect(message.readings.every((one) => keyOf(one) === own)).toBe(true);
          expect(body).toMatch(SQS_TEXT);
        }
        const byKey = Map.groupBy(list, (one) => one.key);
        const packed = Map.groupBy(messages, (message) => message.key);
        expect([...packed.keys()]).toEqual([...byKey.keys()]);
        for (const [own, expected] of byKey) {
          const chunks = (packed.get(own) ?? []).map(({ body }) => decodeMessage(body));
          expect(chunks.flatMap((chunk) => chunk.readings)).toStrictEqual(expected);
          expect(chunks.map(({ chunk, of }) => [chunk, of])).toEqual(
            chunks.map((_, n) => [n, chunks.length]),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps every message below its size limit, counted in bytes, and fills it', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: MESSAGE_BYTES_MAX / 4 - 100 }), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom('x', '\u00E9', '\u20AC', '\u{1F4A7}', '\u0001', '\uFFFF', '\uD800'),
        (lengths, unit) => {
          const width = Buffer.byteLength(JSON.stringify(unit).replace('\uFFFF', '\\uffff')) - 2;
          const list = lengths.map((length) => unit.repeat(Math.max(1, Math.floor(length / width))));
          const messages = [...packReadings({ id: 'r', since: 0 }, list, () => 'k').values()].flat();
          const bytes = messages.map(({ body }) => wholeBytes(decodeMessage(body)));
          expect(Math.max(...bytes)).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
          // No two neighbours would have fitted one message: each is as full as it can be.
          for (const [n, size] of bytes.slice(1).entries()) {
            expect(size + (bytes[n] ?? 0)).toBeGreaterThan(MESSAGE_BYTES_MAX / 2);
          }
          expect(messages.flatMap(({ body }) => decodeMessage(body).readings)).toStrictEqual(list);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('refuses a reading that is too large or invalid, and too many readings, with the reason', () => {
    const large = { key: 'k', value: '\u20AC'.repeat(MESSAGE_BYTES_MAX / 3) };
    expect(() => pack('r', [large])).toThrow(/a reading of \d+ bytes for key "k"/);
    const edge = MESSAGE_BYTES_MAX - 300;
    expect(pack('r', [{ key: 'k', value: 'x'.repeat(edge) }])).toHaveLength(1);
    function* endless() {
      for (;;) yield { key: 'k', value: 1 };
    }
    expect(() => pack('r', endless())).toThrow(`more than ${READINGS_PER_REQUEST_MAX} readings`);
    expect(() => pack('r', [{ key: 'k', value: Number.NaN }])).toThrow(
      'reading 1 of the request at .value is NaN',
    );
    expect(() => packReadings({ id: 'r', since: 0 }, [1], () => '')).toThrow('the key of reading 1 is empty');
  });

  test('of the same request gives the same messages with the same ids, whatever the other requests', () => {
    fc.assert(
      fc.property(id, readings, (request, list) => {
        expect(pack(request, structuredClone(list))).toEqual(pack(request, list));
      }),
    );
    const [one] = pack('r1', [{ key: 'k', value: 1 }]);
    const [two] = pack('r2', [{ key: 'k', value: 1 }]);
    expect(one?.deduplicationId).not.toBe(two?.deduplicationId);
  });
});

describe('a large message', () => {
  const visits = Array.from({ length: 200 }, (_, n) => ({
    key: 'k',
    value: `visit ${n} of /notes/a-page.html\u2028`,
  }));
  const plainOf = ({ body }: EncodedMessage) => {
    const { readings: list, ...envelope } = decodeMessage(body);
    return encodeEnvelope(
      envelope,
      list.map((one) => JSON.stringify(one)),
    );
  };

  test('is compressed, and comes back bit for bit with the ids that it would have otherwise', () => {
    const [message] = pack('r', visits);
    const { body = '' } = message ?? {};
    expect(body).toMatch(/^\{"v":4,"request":"r","since":5,/);
    expect(body.length * 3).toBeLessThan(plainOf(message as EncodedMessage).length);
    expect(decodeMessage(body).readings).toStrictEqual(visits);
    const [small] = pack('r', visits.slice(0, 1));
    expect([message?.deduplicationId, message?.group]).toEqual([small?.deduplicationId, small?.group]);
    expect(receiptOf(decodeMessage(body))).toBe(receiptOf(decodeMessage(plainOf(message as EncodedMessage))));
  });

  test('has the same readings as without compression, so another build splits a request in the same way', () => {
    const halves = ['x', 'y', 'z'].map((one) => ({ key: 'k', value: one.repeat(MESSAGE_BYTES_MAX / 2) }));
    const messages = pack('r', halves).map(({ body }) => decodeMessage(body));
    expect(messages.map(({ chunk, of, readings: { length } }) => [chunk, of, length])).toEqual([
      [0, 3, 1],
      [1, 3, 1],
      [2, 3, 1],
    ]);
  });

  test('is not compressed if that gains little, or if it is small', () => {
    const text = Array.from({ length: 300 }, (_, n) => hash('sha256', String(n), 'base64')).join('');
    const noise = [{ key: 'k', value: text }];
    for (const list of [noise, visits.slice(0, 50)]) {
      expect(pack('r', list).map(({ body }) => body.slice(0, 6))).toEqual(['{"v":1']);
    }
  });

  test('that Weir did not compress is junk, and one that would become too large is refused before it takes memory', () => {
    const [message] = pack('r', visits);
    const sound = JSON.parse(message?.body ?? '') as Record<string, unknown>;
    const deflated = (content: string | Buffer) => deflateRawSync(content).toString('base64');
    const bomb = deflated(Buffer.alloc(256 * MESSAGE_BYTES_MAX, '1'));
    expect(bomb.length).toBeLessThan(MESSAGE_BYTES_MAX);
    const broken = [
      '',
      'junk',
      7,
      [],
      bomb,
      deflated('{}'),
      deflated('[1'),
      String(sound['packed']).slice(0, -9),
    ];
    const before = process.resourceUsage().maxRSS;
    for (const packed of broken) {
      expect(() => decodeMessage(JSON.stringify({ ...sound, packed }))).toThrow('that Weir did not write');
    }
    // In KB: the bomb is 64 MB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(32 * 1024);
    expect(() => decodeMessage(JSON.stringify({ ...sound, kind: 'forget' }))).toThrow(
      'that Weir did not write',
    );
    expect(() => decodeMessage(JSON.stringify({ ...sound, v: 1 }))).toThrow('that Weir did not write');
  });

  test('that comes back from a dead-letter queue is looked up again, and a single dead reading of it is not compressed', () => {
    const [message] = pack('r', visits);
    const again = decodeMessage(bodyAgain((message?.body ?? '').replace('"since":5', '"since":400000')));
    expect(again).toEqual({ ...decodeMessage(message?.body ?? ''), since: 100_000 });
    expect(singleReading(again, 7, 'm').body).toContain('"readings":[{"key":"k","value":"visit 7 of');
  });
});

describe('ids', () => {
  test('differ for every request, key and chunk: none is ever dropped for another', () => {
    const identity = fc.record({ request: id, key, large: fc.boolean() });
    fc.assert(
      fc.property(fc.array(identity, { maxLength: 8 }), (identities) => {
        const ids = new Map<string, string>();
        for (const { request, key: own, large } of identities) {
          const values = large ? ['x'.repeat(200_000), 'y'.repeat(200_000)] : ['x'];
          for (const message of pack(
            request,
            values.map((value) => ({ key: own, value })),
          )) {
            const { chunk } = decodeMessage(message.body);
            const name = JSON.stringify([request, own, chunk]);
            expect(message.deduplicationId).toMatch(SQS_ID);
            expect(ids.get(message.deduplicationId) ?? name).toBe(name);
            ids.set(message.deduplicationId, name);
          }
        }
        expect(new Set(ids.values()).size).toBe(ids.size);
      }),
      { numRuns: 100 },
    );
  });

  test('differ for "a:b" with "c" and "a" with "b:c"', () => {
    const dedup = (request: string, own: string) =>
      pack(request, [{ key: own, value: 1 }])[0]?.deduplicationId;
    expect(dedup('a:b', 'c')).not.toBe(dedup('a', 'b:c'));
    expect(dedup('a', '1:bc')).not.toBe(dedup('a1:b', 'c'));
    expect(dedup('r', 'one')).not.toBe(dedup('r', 'two'));
  });

  test('of groups are valid in SQS, and two keys never share one', () => {
    const keys = fc.oneof(
      key,
      fc.constantFrom('a b', 'x'.repeat(128), 'x'.repeat(129), '\u00E9', 'e\u0301', ' ', 'sha256:'),
    );
    const withHashes = keys.chain((one) => fc.constantFrom(one, groupOf(one)));
    fc.assert(
      fc.property(withHashes, withHashes, (a, b) => {
        expect(groupOf(a)).toMatch(SQS_ID);
        expect(groupOf(a) === groupOf(b)).toBe(a === b);
      }),
      { numRuns: 500 },
    );
    expect(groupOf('plain/key')).toBe('plain/key');
  });

  test('of receipts differ for the messages of a key, and have 96 bits', () => {
    const [message] = pack('r', [
      { key: 'k', value: 1 },
      { key: 'k', value: 2 },
    ]);
    if (message === undefined) throw new Error('one message');
    const whole = decodeMessage(message.body);
    const alone = [0, 1].map((index) => decodeMessage(singleReading(whole, index, 'm').body));
    const tombstone = decodeMessage(emptyMessage({ id: 'r', since: 0 }, 'k', 'tombstone').body);
    const later = { ...whole, chunk: 1 };
    const receipts = [whole, ...alone, tombstone, later, { ...whole, request: 'R' }].map(receiptOf);
    expect(new Set(receipts).size).toBe(6);
    for (const receipt of receipts) expect(Buffer.from(receipt, 'base64url')).toHaveLength(12);
  });

  test('of dead letters differ for two redrives, and are the same for repeats of one delivery', () => {
    const [message] = pack('r', [{ key: 'k', value: 1 }]);
    if (message === undefined) throw new Error('one message');
    const whole = decodeMessage(message.body);
    const ids = [
      singleReading(whole, 0, 'm-1'),
      singleReading(whole, 0, 'm-2'),
      wholeMessage(whole, message.body, 'm-1'),
      wholeMessage(whole, message.body, 'm-2'),
    ].map(({ deduplicationId }) => deduplicationId);
    expect(new Set(ids).size).toBe(4);
    expect(singleReading(whole, 0, 'm-1').deduplicationId).toBe(ids[0]);
  });
});

describe('a redriven dead letter', () => {
  test('is looked up as a possible repeat at once, and is otherwise the same message', () => {
    const ids = ['r', 'x","since":7,"key":"k', '\\', '\u{1F4A7}'];
    for (const id of ids) {
      const [message] =
        packReadings({ id, since: 1_000_000 }, [{ key: 'k', since: 3 }], () => 'k').get('k') ?? [];
      const before = decodeMessage(message?.body ?? '');
      const again = decodeMessage(bodyAgain(message?.body ?? ''));
      expect(again).toEqual({ ...before, since: 700_000 });
      expect(receiptOf(again)).toBe(receiptOf(before));
    }
  });

  test('that Weir did not write goes back unchanged', () => {
    for (const body of ['', 'junk', '{"since":5}', '[{"v":1,"request":"r","since":5}]']) {
      expect(bodyAgain(body)).toBe(body);
    }
  });

  test('is dated back once, and not further with every redrive', () => {
    const [message] = pack('r', [{ key: 'k', value: 1 }]);
    const once = singleReading(decodeMessage(message?.body ?? ''), 0, 'm');
    const twice = singleReading(decodeMessage(once.body), 0, 'm');
    expect(twice.body).toBe(once.body);
  });
});

describe('the message format', () => {
  test('is fixed: the next build understands the messages that wait at a deployment', () => {
    const [message] = pack('r-1', [{ key: 'k', value: '\u{1F4A7}' }]);
    expect(message).toMatchInlineSnapshot(`
      {
        "body": "{"v":1,"request":"r-1","since":5,"key":"k","chunk":0,"of":1,"read":"8be2bd59c8157338","readings":[{"key":"k","value":"💧"}]}",
        "deduplicationId": "fcbd84d3c341ac8efba90356891467ef3b7bd150c9ff46e558e883f449f9b2ad",
        "group": "k",
        "key": "k",
        "readings": 1,
      }
    `);
    expect(
      controlMessage('k', 'resume', { receipt: '76BEZ5_Q-xdm8rce', index: 0 }, 'op'),
    ).toMatchInlineSnapshot(`
      {
        "body": "{"v":1,"kind":"resume","request":"op","since":0,"key":"k","chunk":0,"of":1,"read":"e3b0c44298fc1c14","stop":{"receipt":"76BEZ5_Q-xdm8rce","index":0},"readings":[]}",
        "deduplicationId": "dec9ba29132992070969a2eaf5025e4aabf04e051fb623f22d2a144348fd8210",
        "group": "k",
        "key": "k",
        "readings": 0,
      }
    `);
    expect(forgetMessage('k', 'why', 'op').body).toMatchInlineSnapshot(
      `"{"v":2,"kind":"forget","request":"op","since":0,"key":"k","chunk":0,"of":1,"read":"e3b0c44298fc1c14","reason":"why","readings":[]}"`,
    );
    expect(resetMessage('k', { state: '{"n":-0}', stateVersion: 2 }, 'why', 'op').body).toMatchInlineSnapshot(
      `"{"v":2,"kind":"reset","request":"op","since":0,"key":"k","chunk":0,"of":1,"read":"e3b0c44298fc1c14","reason":"why","to":{"state":"{\\"n\\":-0}","stateVersion":2},"readings":[]}"`,
    );
    expect(migrateMessage('k', 'op').body).toMatchInlineSnapshot(
      `"{"v":2,"kind":"migrate","request":"op","since":0,"key":"k","chunk":0,"of":1,"read":"e3b0c44298fc1c14","readings":[]}"`,
    );
    expect(receiptOf(decodeMessage(message?.body ?? ''))).toMatchInlineSnapshot(`"76BEZ5_Q-xdm8rce"`);
  });

  test('carries each command of an operator unchanged, and marks the newer ones by their format', () => {
    const to = { state: '{"n":-0}', stateVersion: 2 };
    const words = [
      [forgetMessage('k', 'why', 'op'), { kind: 'forget', reason: 'why' }],
      [resetMessage('k', to, 'why', 'op'), { kind: 'reset', reason: 'why', to }],
      [migrateMessage('k', 'op'), { kind: 'migrate' }],
    ] as const;
    for (const [{ body, group }, expected] of words) {
      expect(group).toBe('k');
      expect(decodeMessage(body)).toMatchObject({ ...expected, request: 'op', since: 0, readings: [] });
      expect(() => decodeMessage(body.replace('{"v":2', '{"v":1'))).toThrow('that Weir did not write');
    }
    const [message] = pack('r', [{ key: 'k', value: 1 }]);
    expect(() => decodeMessage((message?.body ?? '').replace('{"v":1', '{"v":2'))).toThrow(
      'that Weir did not write',
    );
  });

  test('of a newer build makes a message wait for that build', () => {
    expect(() => decodeMessage(`{"v":${MESSAGE_FORMAT + 1}}`)).toThrow(NewerFormatError);
  });

  test('accepts nothing else: junk is named as junk', () => {
    const [message] = pack('r', [{ key: 'k', value: 1 }]);
    const sound = JSON.parse(message?.body ?? '') as Record<string, unknown>;
    const broken = Object.keys(sound).map((name) => ({ ...sound, [name]: name === 'readings' ? {} : [] }));
    const bodies = ['', 'junk', 'null', '1', '[]', '{}', ...broken.map((one) => JSON.stringify(one))];
    for (const body of [
      ...bodies,
      JSON.stringify({ ...sound, chunk: -1 }),
      JSON.stringify({ ...sound, kind: 'x' }),
      JSON.stringify({ ...sound, kind: 'skip' }),
      JSON.stringify({ ...sound, kind: 'skip', stop: { receipt: 'r', index: -1 } }),
    ]) {
      expect(() => decodeMessage(body)).toThrow(PermanentError);
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(() => decodeMessage(body)).toThrow(PermanentError);
      }),
    );
  });

  test('accepts a key only if it can be stored and sent unchanged', () => {
    expect(() => checkKey('\uD800', 'key')).toThrow('key holds half a character');
    expect(() => checkKey('', 'key')).toThrow('key is empty');
    expect(() => checkKey(7, 'key')).toThrow('key is a number');
    expect(() => checkKey('\u20AC'.repeat(342), 'key')).toThrow('key has 1026 bytes');
    expect(checkKey('\u20AC'.repeat(341), 'key')).toHaveLength(341);
  });
});

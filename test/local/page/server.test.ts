/** The live page over real HTTP, with a real run: access, content and the buttons' actions. */
import { request as httpRequest } from 'node:http';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeStack } from '../../../local/announce.ts';
import { startPage } from '../../../local/page/server.ts';
import { pause as pausePart, resume as resumePart } from '../../../operate/brake.ts';
import { connectLocal } from '../../../operate/connect.ts';
import { followEvents } from './events.ts';
import { type Started, startWithPage } from './start.ts';

const TIMEOUT_MS = 1_200_000;
const HOSTILE = '<img src=x onerror=alert(1)></script>\u202E"\'\n';
const SECRET = 'what only who asks may see';
const Reasons = v.array(v.object({ place: v.string(), reason: v.string() }));
let started: Started;

beforeAll(async () => {
  started = await startWithPage();
}, TIMEOUT_MS);

afterAll(() => started[Symbol.asyncDispose]());

/** `fetch` does not let one choose the host. */
function statusOf(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${started.origin}${path}`, { method, headers }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function post(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${started.origin}${path}`, {
    method: 'POST',
    headers: { 'x-weir-token': started.token, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test('a request under a foreign host name is refused, with and without the token', async () => {
  const { token } = started;
  for (const host of ['rebound.example', 'rebound.example:80', '127.0.0.1', '127.0.0.1:1']) {
    expect(await statusOf('/', { host }), host).toBe(421);
    expect(await statusOf(`/events?token=${token}`, { host }), host).toBe(421);
    expect(await statusOf('/resume', { host, 'x-weir-token': token }, 'POST'), host).toBe(421);
  }
  expect(await statusOf('/', { host: `localhost:${new URL(started.origin).port}` })).toBe(200);
});

test('without the token, the page shows and does nothing', async () => {
  for (const token of ['', 'wrong', `${started.token}x`, started.token.slice(1)]) {
    expect(await statusOf(`/events?token=${token}`, {})).toBe(403);
    expect(await statusOf('/dead?id=x', { 'x-weir-token': token })).toBe(403);
    for (const path of ['/resume', '/skip', '/redrive', '/discard']) {
      expect((await post(path, { key: 'a', id: 'a' }, { 'x-weir-token': token })).status, path).toBe(403);
    }
  }
  // The query is for the event stream alone: elsewhere a form of a stranger could carry it.
  expect(await statusOf(`/resume?token=${started.token}`, {}, 'POST')).toBe(403);
});

test('a page from elsewhere may not ask, even with the token', async () => {
  expect((await post('/resume', { key: 'a' }, { origin: 'http://elsewhere.example' })).status).toBe(403);
  expect((await post('/resume', { key: 'a' }, { origin: 'null' })).status).toBe(403);
});

test('an invalid request to the page is refused with a sentence', async () => {
  expect((await post('/resume', '{')).status).toBe(400);
  expect((await post('/resume', { id: 'a' })).status).toBe(400);
  expect((await post('/discard', { all: 'of them' })).status).toBe(400);
  expect((await post('/discard', { reason: 'without a place' })).status).toBe(400);
  expect((await post('/resume', { key: 'x'.repeat(20_000) })).status).toBe(413);
  expect((await post('/resume', { key: 'a' }, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post('/nothing', {})).status).toBe(404);
  expect((await post('/..%2f..%2fpackage.json', {})).status).toBe(404);
  const unknown = await post('/resume', { key: 'never seen' });
  expect(unknown.status).toBe(409);
  expect(await unknown.json()).toEqual({ error: expect.stringContaining('no key "never seen"') });
});

test('every answer of the page forbids foreign content, and the page uses none', async () => {
  for (const path of ['/', '/page.js', '/dead.js', '/confirm.js', '/page.css', '/palette.css', '/icon.svg']) {
    const response = await fetch(started.origin + path);
    expect(response.status, path).toBe(200);
    expect(response.headers.get('content-security-policy'), path).toMatch(/^default-src 'self';/);
    expect(await response.text(), path).not.toMatch(
      /(?:src|href|url\(|from)\s*=?\s*["']?(?:https?:)?\/\/(?!www\.w3\.org)/,
    );
  }
  const refused = await fetch(`${started.origin}/dead`);
  expect(refused.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
});

test('a port in use is named, with the way out', async () => {
  const port = Number(new URL(started.origin).port);
  const { addresses, access } = describeStack(started.run.stack);
  const deployment = connectLocal(addresses, access);
  const again = startPage({ run: started.run, deployment }, { port });
  await expect(again).rejects.toThrow(new RegExp(`port ${port} is in use.*--page 0`));
  deployment.close();
});

test('the page gets changes as they happen: work, keys and why they stopped, dead letters without payload', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using events = await followEvents(started);
  await events.until('status', ({ submitted }) => submitted === 0);
  await started.submit([
    { key: 'a', add: 1 },
    { key: HOSTILE, add: 'poison' },
    { key: SECRET, add: 'dead' },
  ]);
  const keys = await events.until('keys', ({ count, stopped }) => count === 2 && stopped === 1);
  expect(keys['shown']).toMatchObject(
    [
      { key: HOSTILE, stopped: 'TypeError: add is not a number', parked: 1 },
      { key: 'a', stopped: null, state: '{"sum":1,"readings":1}' },
    ].map(({ stopped, ...key }) => (stopped === null ? key : { ...key, stopped })),
  );
  const dead = await events.until('dead', ({ count }) => count === 1);
  expect(dead['letters']).toMatchObject([
    { place: 'requests', stage: 'read', reason: expect.stringContaining('404') },
  ]);
  await events.until('status', ({ submitted, atRest }) => submitted === 3 && atRest === true);
  const kinds = events.observed.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['read', 'compute', 'commit']));
  expect(events.text).not.toContain(SECRET);
});

test('the page says how much of each source may be read, what it refused and until when it is closed', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using events = await followEvents(started);
  const before = Date.now();
  await started.submit([{ key: 'b', add: 1, from: 'busy.example', busyMs: 1_000 }]);
  const isListed = (part: unknown) => JSON.stringify(part).includes('busy.example');
  const during = await events.until('sources', isListed);
  expect(during['shown']).toContainEqual(
    expect.objectContaining({ name: 'busy.example', rate: null, concurrency: null }),
  );
  await started.run.stack.atRest();
  const closed = await events.until('sources', (part) => /"refused":[1-9]/.test(JSON.stringify(part)));
  const [first] = v.parse(
    v.array(v.looseObject({ name: v.string(), closedUntil: v.number() })),
    closed['shown'],
  );
  expect(first?.name).toBe('busy.example');
  expect(first?.closedUntil).toBeGreaterThan(before);
});

test('the page says which part is paused, until it is resumed', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { addresses, access } = describeStack(started.run.stack);
  const deployment = connectLocal(addresses, access);
  await using events = await followEvents(started);
  const now = Date.now();
  await pausePart(deployment, 'reads', { reason: 'the source is away', until: undefined, now });
  await events.until('status', ({ paused }) => JSON.stringify(paused) === '["reads"]');
  await resumePart(deployment, 'reads');
  await events.until('status', ({ paused }) => JSON.stringify(paused) === '[]');
  deployment.close();
});

test('a page that opens later, or reconnects, gets each observation once', {
  timeout: TIMEOUT_MS,
}, async () => {
  await started.run.stack.atRest();
  const { length } = started.run.observations;
  await using whole = await followEvents(started);
  await whole.until('observations', () => true);
  expect(whole.observed).toHaveLength(length);
  await using rest = await followEvents(started, { 'last-event-id': String(length - 2) });
  await rest.until('observations', () => true);
  expect(rest.observed).toEqual(whole.observed.slice(-2));
});

test('the resume button resumes a stopped key, in order; before the fix it stops again and says so', {
  timeout: TIMEOUT_MS,
}, async () => {
  await started.submit([{ key: 'ordered', add: 'poison' }]);
  await started.run.stack.atRest();
  await started.submit([{ key: 'ordered', add: 5 }]);
  await started.run.stack.atRest();
  const tooEarly = await post('/resume', { key: 'ordered' });
  expect(await tooEarly.json()).toEqual({ done: false, message: expect.stringContaining('stopped again') });
  await started.fix();
  const resumed = await post('/resume', { key: 'ordered' });
  expect(await resumed.json()).toEqual({
    done: true,
    message: expect.stringContaining('goes on, 2 readings'),
  });
  await using events = await followEvents(started);
  const keys = await events.until('keys', () => true);
  expect(keys['shown']).toContainEqual(
    expect.objectContaining({ key: 'ordered', parked: 0, state: '{"sum":1005,"readings":2}' }),
  );
});

test('a dead letter shows what it holds when asked, and is redriven', { timeout: TIMEOUT_MS }, async () => {
  const [message] = started.run.stack.queue('RequestsDeadLetterQueue').list();
  const id = message?.messageId ?? '';
  const headers = { 'x-weir-token': started.token };
  const shown = await fetch(`${started.origin}/dead?id=${id}`, { headers });
  expect(await shown.json()).toEqual({ title: 'the request', text: expect.stringContaining(SECRET) });
  const redriven = await post('/redrive', { id });
  expect(await redriven.json()).toMatchObject({ done: true });
  await started.run.stack.atRest();
  // It can never work: it is back, as another message of the same request.
  const ids = started.run.stack
    .queue('RequestsDeadLetterQueue')
    .list()
    .map(({ messageId }) => messageId);
  expect(ids).toHaveLength(1);
  expect(ids).not.toContain(id);
  expect((await post('/redrive', { id })).status).toBe(404);
});

test('dead letters that have a reason in common are discarded together, and the others stay until all are redriven', {
  timeout: TIMEOUT_MS,
}, async () => {
  const deadIn = (queue: 'RequestsDeadLetterQueue' | 'ReadingsDeadLetterQueue') =>
    started.run.stack.queue(queue).list().length;
  await started.submit([
    { key: 'b', add: 'dead' },
    { key: 'c', add: 'dead' },
  ]);
  expect((await post('/skip', { key: HOSTILE })).status).toBe(200);
  await started.run.stack.atRest();
  await using events = await followEvents(started);
  const dead = await events.until('dead', ({ count }) => count === 4);
  const reason = expect.stringContaining('404');
  expect(dead['reasons']).toEqual([
    { place: 'requests', reason, count: 3 },
    { place: 'readings', reason: 'TypeError: add is not a number', count: 1 },
  ]);
  // As many as are in the list, while the item says how many were ever set aside.
  expect(dead['byKey']).toEqual([[HOSTILE, 1]]);
  const [first] = v.parse(Reasons, dead['reasons']);
  const discarded = await post('/discard', { place: first?.place, reason: first?.reason });
  expect(await discarded.json()).toEqual({ done: true, message: 'discarded: 3 dead letters' });
  expect([deadIn('RequestsDeadLetterQueue'), deadIn('ReadingsDeadLetterQueue')]).toEqual([0, 1]);
  const redriven = await post('/redrive', { all: true });
  expect(await redriven.json()).toMatchObject({ done: true });
  expect(deadIn('ReadingsDeadLetterQueue')).toBe(0);
  await events.until('dead', ({ count, byKey }) => count === 0 && Array.isArray(byKey) && byKey.length === 0);
});

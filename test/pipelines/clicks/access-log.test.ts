import Bowser from 'bowser';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkKey } from '../../../functions/message-ids.ts';
import { parseLine, UNREADABLE } from '../../../pipelines/clicks/access-log.ts';
import { browserFamily } from '../../../pipelines/clicks/browsers.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const line = (request: string, rest = `200 512 "-" "${FIREFOX}"`) =>
  `192.0.2.7 - - [09/Nov/2026:06:00:07 +0000] "${request}" ${rest}`;

describe('a line of an access log', () => {
  test.each([
    ['GET /presentations/logstash/?x=1#y HTTP/1.1', '/presentations'],
    ['GET /presentations?x=/a/b HTTP/1.1', '/presentations'],
    ['GET / HTTP/1.1', '/'],
    ['GET /?flav=rss20 HTTP/1.1', '/'],
    ['GET //double HTTP/1.1', '/'],
    ['GET /favicon.ico HTTP/1.1', '/favicon.ico'],
    ['GET /~user/%7E HTTP/1.0', '/~user'],
    ['GET /old', '/old'],
    ['GET http://example.org/via/proxy HTTP/1.1', '/via'],
  ])('has the first segment of its path as key: %s', (request, path) => {
    expect(parseLine(line(request), 1)).toEqual({ path, bytes: 512, browser: 'Firefox' });
  });

  test.each([
    ['no body', '304 - "-" "-"', 0],
    ['escaped quotes', '200 7 "https://a.example/?q=\\"b\\"" "say \\"hello\\""', 7],
    ['fields after the agent', '200 7 "-" "-" 1234 "TLSv1.3"', 7],
  ])('is read with %s', (_what, rest, bytes) => {
    expect(parseLine(line('GET /a HTTP/1.1', rest), 1)).toEqual({ path: '/a', bytes, browser: 'other' });
  });

  test.each([
    ['cut in its agent', line('GET /scripts/a.py HTTP/1.1').slice(0, -9), '/scripts'],
    ['cut after its path', '192.0.2.7 - - [x] "GET /scripts/a.py HT', '/scripts'],
    ['without an agent (common format)', line('GET /a HTTP/1.1', '200 512'), '/a'],
    ['with a size that is no number', line('GET /a HTTP/1.1', '200 many "-" "-"'), '/a'],
    ['cut inside its path', '192.0.2.7 - - [x] "GET /scripts/a.p', UNREADABLE],
    ['without a request', line('-', '408 - "-" "-"'), UNREADABLE],
    ['with no path in its request', line('OPTIONS * HTTP/1.1'), UNREADABLE],
    ['of binary handshake bytes', line('\\x16\\x03\\x01', '400 226 "-" "-"'), UNREADABLE],
    ['with a path too long for a key', line(`GET /${'a'.repeat(5_000)} HTTP/1.1`), UNREADABLE],
    ['empty', '', UNREADABLE],
  ])('keeps its number and, if readable, its key when it is %s', (_what, text, path) => {
    expect(parseLine(text, 8_899)).toEqual({ path, malformed: 8_899 });
  });

  test('gives a reading with a sound key whatever it is', () => {
    const fragment = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"GET /', ' HTTP/1.1" ', '200 5 ', '"'),
    );
    fc.assert(
      fc.property(fc.array(fragment), (fragments) => {
        // What openLines hands over is well-formed.
        const { path } = parseLine(fragments.join('').toWellFormed(), 1);
        expect(checkKey(path, 'key')).toBe(path);
      }),
    );
  });
});

describe('a browser family', () => {
  test.each([
    [FIREFOX, 'Firefox'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'bot'],
    ['Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)', 'bot'],
    ['UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/', 'other'],
    ['__proto__/1.0 x', 'other'],
    ['constructor/1.0 x', 'other'],
    ['-', 'other'],
    ['', 'other'],
  ])('comes from a closed list, whatever the agent calls itself: %s', (agent, family) => {
    expect(browserFamily(agent)).toBe(family);
    expect(browserFamily(agent)).toBe(family);
  });

  test('is remembered for the agents seen last, and for no more of them than fit', () => {
    const parse = vi.spyOn(Bowser, 'parse');
    onTestFinished(() => parse.mockRestore());
    const agent = `${FIREFOX} remembered`;
    for (let n = 0; n < 3; n += 1) expect(browserFamily(agent)).toBe('Firefox');
    expect(parse).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 1_000; n += 1) browserFamily(`Invented${n}/1.0 (x)`);
    expect(browserFamily(agent)).toBe('Firefox');
    expect(parse).toHaveBeenCalledTimes(1_002);
  });
});

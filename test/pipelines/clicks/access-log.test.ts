import Bowser from 'bowser';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkKey } from '../../../functions/message-ids.ts';
import { parseLine, UNREADABLE } from '../../../pipelines/clicks/access-log.ts';
import { browserFamily } from '../../../pipelines/clicks/browsers.ts';
import fc from '../../properties.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const line = (request: string, rest = `200 512 "-" "${FIREFOX}"`) =>
  `192.0.2.7 - - [09/Nov/2026:06:00:07 +0000] "${request}" ${rest}`;

describe('a line of an access log', () => {
  test.each([
    ['GET /presentations/logstash/?x=1#y HTTP/1.1', '/presentations'],
    ['GET /presentations?x=/a/b HTTP/1.1', '/presentations'],
    ['GET / HTTP/1.1', '/'],
    ['GET /?flav=rss20 HTTP/1.1', '/'],
    ['GET //double HTTP/1.1', '/double'],
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

  const click = { path: '/a', bytes: 512, browser: 'Firefox' };
  const start = '192.0.2.7 - - [09/Nov/2026:06:00:07 +0000]';
  const rest = `"GET /a/b HTTP/1.1" 200 512 "-" "${FIREFOX}"`;
  const oddities: [what: string, line: string][] = [
    ['an empty user in quotes', `192.0.2.7 - "" [09/Nov/2026:06:00:07 +0000] ${rest}`],
    ['a user with quotes and a blank', `192.0.2.7 - \\"car 5 \\" [09/Nov/2026:06:00:07 +0000] ${rest}`],
    ['a user in brackets', `192.0.2.7 - [x] y] [09/Nov/2026:06:00:07 +0000] ${rest}`],
    ['no user and no identity', `192.0.2.7 [09/Nov/2026:06:00:07 +0000] ${rest}`],
    ['a virtual host in front', `www.example.org:443 ${start} ${rest}`],
    ['a virtual host that is an address', `[2001:db8::1]:443 ${start} ${rest}`],
    ['a client with an IPv6 address', `${start.replace('192.0.2.7', '2001:db8::7')} ${rest}`],
    ['several clients', `203.0.113.9, ${start} ${rest}`],
    ['a time as ISO 8601 has it', `192.0.2.7 - - [2026-11-09T06:00:07+00:00] ${rest}`],
    ['a time with milliseconds', `192.0.2.7 - - [09/Nov/2026:06:00:07.123 +0000] ${rest}`],
    ['what syslog puts in front', `<190>Nov  9 06:00:07 web-1 nginx: ${start} ${rest}`],
    ['several blanks and tabs', `${start}\t "GET  /a/b  HTTP/1.1"   200\t512  "-"\t"${FIREFOX}"  `],
    ['a method with a hyphen', `${start} ${rest.replace('GET', 'VERSION-CONTROL')}`],
    ['a method in small letters', `${start} ${rest.replace('GET', 'm-search')}`],
    ['a method of other signs', `${start} ${rest.replace('GET', 'X_1.*')}`],
    ['a target with blanks', `${start} ${rest.replace('/a/b', '/a/b c d')}`],
    ['a target with escaped quotes', `${start} ${rest.replace('/a/b', '/a?q=\\"b\\" 200 1')}`],
    ['a target with quotes', `${start} ${rest.replace('/a/b', '/a?q="b" "c')}`],
    ['a target with backslashes', `${start} ${rest.replace('/a/b', '/a/b\\\\')}`],
    ['a target in brackets', `${start} ${rest.replace('/a/b', '/a/[b]')}`],
    ['HTTP/0.9', `${start} ${rest.replace(' HTTP/1.1', '')}`],
    ['HTTP/2', `${start} ${rest.replace('1.1', '2.0')}`],
    ['a path alone as its request', `${start} ${rest.replace('GET ', '').replace(' HTTP/1.1', '')}`],
    ['a referer with quotes', `${start} ${rest.replace('"-"', '"https://a.example/?q="b""')}`],
    ['a referer with escaped quotes', `${start} ${rest.replace('"-"', '"\\"> <b>\\" 404 9 \\""')}`],
    ['a referer of bytes that nginx escapes', `${start} ${rest.replace('"-"', '"\\xE9\\x22\\x5C"')}`],
    ['an empty referer', `${start} ${rest.replace('"-"', '""')}`],
    ['fields without quotes before the referer', `${start} ${rest.replace(' "-"', ' 0.017 - "-"')}`],
    ['fields behind the agent', `${start} ${rest} "203.0.113.9, 10.0.0.1" rt=0.017 up="10.0.0.1:80" "`],
  ];

  test.each(oddities)(
    'counts as it is, whatever a server or a client fills its fields with: %s',
    (_what, text) => {
      expect(parseLine(text, 1)).toEqual(click);
    },
  );

  test.each([
    ['the common format', `${start} "GET /a HTTP/1.1" 200 512`],
    ['the common format behind a virtual host', `www.example.org:80 ${start} "GET /a HTTP/1.0" 200 512`],
    ['the common format and a time', `${start} "GET /a HTTP/1.1" 200 512 1834 rt="0.1"`],
    ['a referer and no agent', `${start} "GET /a HTTP/1.1" 200 512 "https://a.example/"`],
  ])('counts with an unknown browser where the format has none: %s', (_what, text) => {
    expect(parseLine(text, 1)).toEqual({ ...click, browser: 'unknown' });
  });

  test.each([
    ['a client that sent nothing', line('-', '408 - "-" "-"'), '(not served)'],
    ['binary handshake bytes', line('\\x16\\x03\\x01', '400 226 "-" "-"'), '(not served)'],
    ['a path that the site has not', line('GET /wp-login.php HTTP/1.1', '404 226 "-" "-"'), '(not served)'],
    ['a client that was gone before the answer', line('GET /a HTTP/1.1', '- - "-" "-"'), '(not served)'],
    ['a request for the server itself', line('OPTIONS * HTTP/1.1'), '(no path)'],
    ['a tunnel', line('CONNECT example.org:443 HTTP/1.1'), '(no path)'],
    ['a path too long for a key', line(`GET /${'a'.repeat(5_000)} HTTP/1.1`), '(other)'],
  ])('that is for no section counts under one key for all of its kind: %s', (_what, text, path) => {
    expect(parseLine(text, 1)).toMatchObject({ path, browser: expect.any(String) });
  });

  test.each([
    ['cut in its agent', line('GET /scripts/a.py HTTP/1.1').slice(0, -9), '/scripts'],
    ['cut after its path', '192.0.2.7 - - [x] "GET /scripts/a.py HT', '/scripts'],
    ['cut in its referer', line('GET /a HTTP/1.1', '200 512 "https://a.exa'), '/a'],
    ['with a size that is no number', line('GET /a HTTP/1.1', '200 many "-" "-"'), '/a'],
    ['with a zero byte inside', line('GET /a HTTP/1.1', '200 512 "\0" "-"'), '/a'],
    ['cut inside its path', '192.0.2.7 - - [x] "GET /scripts/a.p', UNREADABLE],
    ['of zero bytes', '\0', UNREADABLE],
    ['of another format', '{"method":"GET","path":"/a","status":200}', UNREADABLE],
    ['of a log of errors', '[Mon Nov 09 06:00:07 2026] [error] File does not exist: /a', UNREADABLE],
    ['empty', '', UNREADABLE],
  ])('keeps its number and, if readable, its key when it is %s', (_what, text, path) => {
    expect(parseLine(text, 8_899)).toEqual({ path, malformed: 8_899 });
  });

  test('is read in a time that grows no faster than its length', () => {
    // Each would take hours if one of the patterns went back over it.
    const long = 100_000;
    for (const part of [
      '[',
      '[11:11:11',
      ' ',
      '"',
      '\\"',
      '" 200 ',
      '\\',
      'a ',
      '" "',
      '/',
      '%2e',
      ';',
      '=""',
      '(a(',
      'HTTP/1',
    ]) {
      const text = part.repeat(long / part.length);
      for (const whole of [
        text,
        `${start} "${text}`,
        `${start} "GET ${text} HTTP/1.1" 200 5`,
        `${start} "GET / HTTP/1.1" 200 5 ${text}`,
        `${start} "GET /${text} HTTP/1.1" 200 5 "${text}" "${text}`,
      ]) {
        expect(parseLine(whole, 1).path).not.toBe('');
      }
    }
  });

  test('that holds carriage returns is several lines and is not taken for the first of them', () => {
    expect(parseLine([line('GET /a HTTP/1.1'), line('GET /b HTTP/1.1')].join('\r'), 7)).toMatchObject({
      malformed: 7,
    });
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
    ['UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/', 'bot'],
    ['Lynx/2.8.9rel.1 libwww-FM/2.14', 'other'],
    ['__proto__/1.0 x', 'other'],
    ['constructor/1.0 x', 'other'],
    ['-', 'other'],
    ['', 'other'],
  ])('comes from a closed list, whatever the agent calls itself: %s', (agent, family) => {
    expect(browserFamily(agent)).toBe(family);
    expect(browserFamily(agent)).toBe(family);
  });

  const phone = (device: string) =>
    `Mozilla/5.0 (Linux; Android 11; ${device}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36`;

  test.each([
    'CUBOT X19',
    'CUBOT NOTE 20 PRO Build/RP1A.200720.011',
    'CUBOT_X18_Plus',
    'Talbot 5 Build/RP1A',
    'X-BOT Senior',
    'ROBOT',
    'Spider X1 (2019)',
    'SkyCrawler 7; wv',
    'en-us; Slurp 2 Build/KOT49H',
    'Monitor 9',
    'Feed Phone',
  ])('of a phone is that of its browser, whatever the phone is called: %s', (device) => {
    expect(browserFamily(phone(device))).toBe('Chrome');
  });

  test.each([
    'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'ia_archiver (+http://www.alexa.com/site/help/webmasters; crawler@alexa.com)',
    'Mediapartners-Google',
    'Mozilla/5.0 (compatible; Ezooms/1.0; help@moz.com)',
    'Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36',
    'python-requests/2.31.0',
    'Wget/1.14 (linux-gnu)',
    `${phone('Nexus 5X Build/MMB29P')} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    phone('K; compatible; FooBot/1.0'),
    phone('FooBot/1.0'),
  ])('is bot for what no person looks through, with or without that word in its name: %s', (agent) => {
    expect(browserFamily(agent)).toBe('bot');
  });

  test('is remembered for the agents seen last, and for no more of them than fit', () => {
    const parse = vi.spyOn(Bowser, 'parse');
    onTestFinished(() => parse.mockRestore());
    const agent = `${FIREFOX} remembered`;
    for (let n = 0; n < 3; n += 1) expect(browserFamily(agent)).toBe('Firefox');
    expect(parse).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 1_000; n += 1) browserFamily(`${FIREFOX} invented ${n}`);
    expect(browserFamily(agent)).toBe('Firefox');
    expect(parse).toHaveBeenCalledTimes(1_002);
  });
});

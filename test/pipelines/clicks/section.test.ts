import { describe, expect, test } from 'vitest';
import { parseLine } from '../../../pipelines/clicks/access-log.ts';
import { NO_PATH, OTHER, sectionOf } from '../../../pipelines/clicks/section.ts';
import fc from '../../properties.ts';

describe('a section', () => {
  test.each([
    ['a session behind a semicolon', '/shop;jsessionid=0000002A?item=1', '/shop'],
    ['a session behind an encoded semicolon', '/shop%3Bjsessionid=0000002A', '/shop'],
    ['parameters with a path in them', '/shop;next=%2Fblog/cart', '/shop'],
    ['a session in a segment of its own', '/(S(lit3py55t21z5v55vlm25s55))/shop/cart.aspx', '/shop'],
    ['sessions of older servers', '/(lit3py55t21z5v55vlm25s55)/shop', '/shop'],
    ['doubled slashes', '//shop///cart', '/shop'],
    ['encoded slashes', '/%2Fshop%2fcart', '/shop'],
    ['a dot', '/./shop', '/shop'],
    ['dots that lead away', '/img/../shop', '/shop'],
    ['dots that lead out', '/../../shop', '/shop'],
    ['encoded dots', '/%2e%2E/shop', '/shop'],
    ['encoded letters', '/%73h%6Fp', '/shop'],
    ['letters that the server escaped', String.raw`/sh\x6fp`, '/shop'],
    ['a fragment', '/shop#cart', '/shop'],
    ['a whole URL', 'HTTPS://user@shop.example:8443/shop', '/shop'],
    ['a whole URL without a path', 'http://shop.example', '/'],
    ['a whole URL with a query only', 'http://shop.example?x=/y', '/'],
    ['a query only', '/?x=/y', '/'],
    ['nothing but slashes', '///', '/'],
    ['a quote that was escaped', String.raw`/a\"b/c`, '/a"b'],
    ['a blank that was not encoded', '/a b/c', '/a%20b'],
    ['a blank that was', '/a%20b/c', '/a%20b'],
    ['an encoded line end', '/a%0Ab', '/a%0Ab'],
    ['letters in UTF-8', '/caf%C3%A9', '/café'],
    ['letters in latin1', '/caf%E9', '/café'],
    ['letters that the server escaped, byte by byte', String.raw`/caf\xc3\xa9`, '/café'],
    ['letters that nobody encoded', '/café', '/café'],
    ['a letter and its accent apart', '/cafe%CC%81', '/café'],
    ['a percent sign that encodes nothing', '/100%/of', '/100%'],
    ['no path', '*', NO_PATH],
    ['a host and a port', 'shop.example:443', NO_PATH],
    ['nothing', '', NO_PATH],
    ['a segment too long to be one', `/${'a'.repeat(300)}/b`, OTHER],
  ])('is the same key however a visitor writes it: %s', (_what, target, section) => {
    expect(sectionOf(target)).toBe(section);
  });

  test('whose segments are written in any mix of escapes is one key', () => {
    const letter = (char: string) =>
      fc.constantFrom(char, `%${char.charCodeAt(0).toString(16)}`, `\\x${char.charCodeAt(0).toString(16)}`);
    const noise = fc.constantFrom('', '/', '/.', '/x/..', '//');
    const end = fc.constantFrom('', ';sid=1', '%3Bsid=2', '?q', '#f', '/more', '%2Fmore');
    fc.assert(
      fc.property(noise, fc.tuple(...[...'shop'].map(letter)), end, (before, letters, after) => {
        expect(sectionOf(`${before}/${letters.join('')}${after}`)).toBe('/shop');
      }),
    );
  });

  test('that the site does not have makes no key: what was answered with an error is counted under one', () => {
    const lines = Array.from({ length: 200 }, (_, index) =>
      [400, 401, 403, 404, 405, 410, 414, 500, 502, 503].map(
        (status) =>
          `192.0.2.7 - - [09/Nov/2026:06:00:07 +0000] "GET /wp-${index}.php HTTP/1.1" ${status} 5 "-" "-"`,
      ),
    ).flat();
    expect(new Set(lines.map((line) => parseLine(line, 1).path))).toEqual(new Set(['(not served)']));
  });
});

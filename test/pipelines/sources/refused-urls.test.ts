import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { permittedAddresses } from '../../../pipelines/sources/get.ts';
import { parseUrl, rulesFrom } from '../../../pipelines/sources/rules.ts';
import { openLines } from '../../../pipelines/sources.ts';
import { collect } from '../serve.ts';

/** A request names a URL that leads into the function's own machine or network. */

const env = {
  WEIR_ALLOW_HOSTS:
    'logs.example.org, logs.example.org:8443, https://münchen.example, http://127.0.0.1:4000, http://[::1]:4000, ' +
    // Hosts that an operator was talked into: what they are must still not be reached.
    'inside.example.org, half.example.org, six.example.org, mapped.example.org, meta.example.org, wrapped.example.org, ' +
    '127.0.0.1, 10.0.0.5:443, localhost, [::1], [::ffff:169.254.169.254], 0.0.0.0',
  WEIR_ALLOW_S3: 'logs-bucket/web/',
};

const zone: Record<string, string[]> = {
  'logs.example.org': ['93.184.216.34', '2606:2800:220:1::1'],
  'xn--mnchen-3ya.example': ['93.184.216.34'],
  'inside.example.org': ['10.1.2.3'],
  'half.example.org': ['93.184.216.34', '192.168.1.1'],
  'six.example.org': ['fd00::17'],
  'mapped.example.org': ['::ffff:127.0.0.1'],
  'meta.example.org': ['169.254.169.254'],
  'wrapped.example.org': ['2002:7f00:1::1'],
  localhost: ['127.0.0.1'],
};

const resolve = async (hostname: string) =>
  (zone[hostname] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const refused: [what: string, url: string][] = [
  ['a file', 'file:///proc/self/environ'],
  ['data', 'data:text/plain,hello'],
  ['ftp', 'ftp://logs.example.org/a'],
  ['no URL', 'logs.example.org/access.log'],
  ['nothing', 'https://'],
  ['a host not listed', 'https://evil.example.net/'],
  ['a listed host as a prefix', 'https://logs.example.org.evil.example.net/'],
  ['a listed host as the user', 'https://logs.example.org@evil.example.net/'],
  ['a user and password for a listed host', 'https://root:secret@logs.example.org/'],
  ['a listed host with a final dot', 'https://logs.example.org./'],
  ['a port not listed', 'https://logs.example.org:22/'],
  ['plain http to an https host', 'http://logs.example.org/'],
  ['plain http to the https port', 'http://logs.example.org:443/'],
  ['loopback by address, listed as a host', 'https://127.0.0.1/'],
  ['loopback, another port than listed', 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next'],
  ['loopback by name', 'https://localhost/'],
  ['loopback as one number', 'https://2130706433/'],
  ['loopback in hexadecimal', 'https://0x7f.1/'],
  ['loopback in octal', 'https://0177.0.0.1/'],
  ['loopback in full-width digits', 'https://１２７.０.０.１/'],
  ['loopback, IPv6', 'https://[::1]/'],
  ['the unspecified address', 'https://0.0.0.0/'],
  ['link-local in IPv6 clothes', 'https://[::ffff:169.254.169.254]/'],
  ['a private address, listed as a host', 'https://10.0.0.5/'],
  ['the metadata service by address', 'http://169.254.169.254/latest/meta-data/'],
  ['the metadata service by name', 'https://meta.example.org/'],
  ['a name with a private address', 'https://inside.example.org/'],
  ['a name with one private address of two', 'https://half.example.org/'],
  ['a name with a unique local IPv6 address', 'https://six.example.org/'],
  ['a name with an IPv4-mapped address', 'https://mapped.example.org/'],
  ['a name with a 6to4 address of loopback', 'https://wrapped.example.org/'],
  ['a bucket not listed', 's3://other-bucket/web/a.log'],
  ['a key outside the prefix', 's3://logs-bucket/private/a.log'],
  ['a key that climbs out of the prefix', 's3://logs-bucket/web/../private/a.log'],
  ['a bucket that is a host', 's3://evil.example.net:443/web/a.log'],
  ['a bucket without a key', 's3://logs-bucket/'],
];

const allowed: [what: string, url: string, addresses: string[]][] = [
  [
    'a listed host',
    'https://logs.example.org/2026/access.log?token=1',
    ['93.184.216.34', '2606:2800:220:1::1'],
  ],
  ['a listed host in capitals', 'HTTPS://LOGS.EXAMPLE.ORG/', ['93.184.216.34', '2606:2800:220:1::1']],
  ['its port by number', 'https://logs.example.org:443/', ['93.184.216.34', '2606:2800:220:1::1']],
  ['a listed port', 'https://logs.example.org:8443/', ['93.184.216.34', '2606:2800:220:1::1']],
  ['an international name', 'https://münchen.example/', ['93.184.216.34']],
  ['a listed local origin', 'http://127.0.0.1:4000/part/1', ['127.0.0.1']],
  ['a listed local origin, IPv6', 'http://[::1]:4000/part/1', ['::1']],
];

describe('a URL that could lead inside', () => {
  const signal = new AbortController().signal;

  test.each(refused)('is refused for good: %s', async (_what, url) => {
    await expect(collect(openLines(url, { signal, env, resolve }))).rejects.toSatisfy(
      (error) => error instanceof PermanentError && error.message.startsWith('refused: '),
    );
  });

  test.each(allowed)('is told from one that is allowed: %s', async (_what, text, expected) => {
    const addresses = await permittedAddresses(parseUrl(text), { rules: rulesFrom(env), resolve, signal });
    expect(addresses.map(({ address }) => address)).toEqual(expected);
  });

  test('is every URL when nothing is allowed', async () => {
    const read = collect(openLines('https://logs.example.org/', { signal, env: {}, resolve }));
    await expect(read).rejects.toThrow(PermanentError);
  });

  test.each([
    '*.example.org',
    'http://logs.example.org',
    'https://a@logs.example.org',
    'logs.example.org/path',
    'a b',
  ])('does not become allowed by a mistake in the list: %s', (entry) => {
    expect(() => rulesFrom({ WEIR_ALLOW_HOSTS: entry })).toThrow('WEIR_ALLOW_HOSTS has the entry');
  });

  test('a mistake in the other rules is named, too', () => {
    expect(() => rulesFrom({ WEIR_ALLOW_S3: 'bucket' })).toThrow('WEIR_ALLOW_S3 has the entry "bucket"');
    expect(() => rulesFrom({ WEIR_SOURCE_BYTES_MAX: '64 MB' })).toThrow('WEIR_SOURCE_BYTES_MAX');
  });

  test('is named in the error without user, password, query and fragment', async () => {
    const urls = [
      'https://u53r:h1dden@logs.example.org/a?h1dden#h1dden',
      'https://evil.example.net/a?h1dden',
    ];
    for (const url of urls) {
      const error: unknown = await collect(openLines(url, { signal, env, resolve })).catch(
        (thrown) => thrown,
      );
      expect(String(error)).toMatch(/https:\/\/[a-z.]+\/a /);
      expect(String(error)).not.toMatch(/h1dden|u53r/);
    }
  });
});

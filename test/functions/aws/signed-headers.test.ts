import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../functions/aws/sha256.ts';
import { signedHeaders } from '../../../functions/aws/signed-headers.ts';
import fc from '../../properties.ts';
import { bundleClients } from './bundled-clients.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((given) => given.toWellFormed());
const names = fc.stringMatching(/^[a-z]{1,8}$/);

test.each([
  ['in Node', signedHeaders],
  ['in a bundle', (await bundleClients()).signedHeaders],
])('a request is signed %s as by the SDK’s own signer, whatever is sent', async (_where, sign) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: fc.constantFrom('GET', 'POST', 'DELETE'),
        segments: fc.array(text),
        query: fc.dictionary(names, text),
        headers: fc.dictionary(
          names.map((name) => `x-amz-${name}`),
          names,
        ),
        body: fc.option(text, { nil: undefined }),
      }),
      fc.constantFrom('once', 'twice'),
      fc.option(names, { nil: undefined }),
      async ({ segments, query, body, ...given }, pathEscaped, sessionToken) => {
        const url = new URL(`https://h.example/${segments.map(encodeURIComponent).join('/')}`);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
        const request = { ...given, url, ...(body === undefined ? {} : { body }) };
        const signed = await sign(
          request,
          { service: 'scheduler', pathEscaped },
          {
            AWS_REGION: 'eu-west-1',
            AWS_ACCESS_KEY_ID: 'id',
            AWS_SECRET_ACCESS_KEY: 'secret',
            AWS_SESSION_TOKEN: sessionToken,
          },
        );
        const signer = new SignatureV4({
          service: 'scheduler',
          region: 'eu-west-1',
          credentials: {
            accessKeyId: 'id',
            secretAccessKey: 'secret',
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
          sha256: Sha256,
          uriEscapePath: pathEscaped === 'twice',
        });
        const at = String(signed['x-amz-date']).replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
        const { headers } = await signer.sign(
          {
            method: given.method,
            protocol: 'https:',
            hostname: 'h.example',
            path: url.pathname,
            query,
            headers: { host: 'h.example', ...given.headers },
            ...(body === undefined ? {} : { body }),
          },
          { signingDate: new Date(at) },
        );
        expect(signed).toEqual(headers);
      },
    ),
  );
});

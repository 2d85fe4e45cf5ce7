import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { md5OfAttributes } from '../../../local/gateway/sqs/digests.ts';

// What SQS itself answered, as recorded in the tests of other projects (moto, LocalStack).
test.each([
  ['timestamp', '1493147359900', '235c5c510d26fb653d073faed50ae77c'],
  ['timestamp', '1493147359901', '994258b45346a2cc3f9cbb611aa7af30'],
  ['SOME_Valid.attribute-Name', '1493147359900', '36655e7e9d7c0e8479fa3f3f42247ae7'],
])('the digest of the number %s = %s is that of SQS', (name, value, digest) => {
  expect(md5OfAttributes({ [name]: value }, { [name]: 'Number' })).toBe(digest);
});

test('attributes are digested in the order of their names, binary ones by their bytes', () => {
  const expected = createHash('md5')
    .update(Buffer.from('\0\0\0\x01a\0\0\0\x06Binary\x02\0\0\0\x02\xff\0', 'latin1'))
    .update(Buffer.from('\0\0\0\x01b\0\0\0\x06String\x01\0\0\0\x02', 'latin1'))
    .update('é')
    .digest('hex');
  expect(md5OfAttributes({ b: 'é', a: '/wA=' }, { a: 'Binary' })).toBe(expected);
});

test('an attribute may have the name of something that every object inherits', () => {
  expect(md5OfAttributes({ constructor: 'x' }, {})).toBe(md5OfAttributes({ constructor: 'x' }));
  expect(md5OfAttributes({})).toBeUndefined();
});

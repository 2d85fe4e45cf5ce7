import { expect, test } from 'vitest';
import { secretCalls } from '../../../local/gateway/secrets.ts';

const functions: { environment: Record<string, string> }[] = [
  { environment: { WEIR_SECRET_PASSWORD: 'arn:password', WEIR_SECRET_TARIFF: 'ssm:/site/tariff' } },
  { environment: {} },
];
const values = { PASSWORD: 'open sesame', TARIFF: 'night' };
const body = (value: object) => Buffer.from(JSON.stringify(value));

test('a secret and a parameter have the values that were given for this run', () => {
  const calls = secretCalls(functions, values);
  const secret = calls('secretsmanager.GetSecretValue', body({ SecretId: 'arn:password' }));
  expect(JSON.parse(String(secret?.body))).toMatchObject({ SecretString: 'open sesame' });
  const parameter = calls('AmazonSSM.GetParameter', body({ Name: '/site/tariff', WithDecryption: true }));
  expect(JSON.parse(String(parameter?.body))).toMatchObject({ Parameter: { Value: 'night' } });
  expect(calls('secretsmanager.GetSecretValue', body({ SecretId: 'arn:other' }))?.status).toBe(400);
  expect(calls('AmazonSQS.SendMessage', body({}))).toBeUndefined();
});

test('a secret without a value, and a value without a secret, end the run before it begins, and show no value', () => {
  expect(() => secretCalls(functions, { PASSWORD: 'open sesame' })).toThrow(
    /a secret without a value for this run: TARIFF. Give --secret TARIFF=VALUE, or --secrets-file FILE with a line TARIFF=VALUE$/,
  );
  expect(() => secretCalls(functions, {})).toThrow('PASSWORD, TARIFF');
  expect(() => secretCalls(functions, { ...values, PASSWROD: 'open sesame' })).toThrow(
    /^the pipeline has no secret PASSWROD, it has PASSWORD, TARIFF$/,
  );
});

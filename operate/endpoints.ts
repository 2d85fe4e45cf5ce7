/**
 * Endpoints of external engines and services: AWS_ENDPOINT_URL_SQS and the like name one service, and
 * AWS_ENDPOINT_URL those without a variable of their own.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export type Env = Readonly<Record<string, string | undefined>>;

/** Undefined: the embedded engine, or AWS itself. */
export function endpointFor(
  service: 'SQS' | 'DYNAMODB' | 'CLOUDWATCH' | 'LAMBDA' | 'S3' | 'SCHEDULER',
  env: Env,
): string | undefined {
  const name = `AWS_ENDPOINT_URL_${service}`;
  const given = env[name] || env['AWS_ENDPOINT_URL'] || undefined;
  if (given === undefined || URL.canParse(given)) return given;
  throw new Error(
    `${env[name] ? name : 'AWS_ENDPOINT_URL'} is ${JSON.stringify(given)}: give an address such as http://127.0.0.1:4566`,
  );
}

/**
 * Calls to CloudWatch and Lambda, signed with the credentials of the SQS client. Two operations are needed of the two
 * services; their clients would be two more dependencies for everybody who installs Weir.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { endpointFor } from './endpoints.ts';

/** `monitoring` is CloudWatch. */
export type SignedService = 'monitoring' | 'lambda';

export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SignedAnswer {
  readonly headers: Headers;
  readonly text: string;
}

/** Throws what the service refused, with the service's own words. */
export type SignedCall = (service: SignedService, request: SignedRequest) => Promise<SignedAnswer>;

/** Longer than a function's longest run. */
const TIMEOUT_MS = 120_000;

/** `endpoint`: the gateway of a local run. On AWS each service has its own. */
export function createSignedCall(client: SQSClient, endpoint?: string): SignedCall {
  return async (service, { path, headers, body }) => {
    const { credentials, sha256 } = client.config;
    const region = await client.config.region();
    const url = new URL(path, endpoint ?? endpointOf(service, region));
    const signer = new SignatureV4({ service, region, credentials, sha256 });
    const signed = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, ...headers },
      body,
    });
    const { host: _, ...sent } = signed.headers; // fetch sets it itself, to the same.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { method: 'POST', headers: sent, body, signal });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text.slice(0, 300)}`);
    return { headers: answer.headers, text };
  };
}

function endpointOf(service: SignedService, region: string): string {
  const given = endpointFor(service === 'lambda' ? 'LAMBDA' : 'CLOUDWATCH', process.env);
  if (given !== undefined) return given;
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

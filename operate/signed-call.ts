/**
 * Calls to CloudWatch, Lambda and EventBridge Scheduler, signed with the credentials of the SQS client. Only a few
 * operations are needed; the SDK's clients would be three more dependencies for every user.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
 */

import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { defined } from '../functions/defined.ts';
import { refuseForeign } from './answers.ts';
import { endpointFor } from './endpoints.ts';

/** `monitoring` is CloudWatch. */
export type SignedService = 'monitoring' | 'lambda' | 'scheduler';

export interface SignedRequest {
  /** Default: POST. */
  readonly method?: 'DELETE' | 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The service refused the call; the message is its own. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly status: number;

  constructor(service: SignedService, status: number, text: string) {
    super(`${service} answered ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

export interface SignedAnswer {
  /** Service, call and endpoint, for errors about an unexpected answer. */
  readonly from: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws a RefusedCall, or the error that prevented an answer. */
export type SignedCall = (service: SignedService, request: SignedRequest) => Promise<SignedAnswer>;

/** Longer than the longest invocation of a function. */
const TIMEOUT_MS = 120_000;

/** `endpoint`: the gateway of a local run. On AWS each service has its own endpoint. */
export function createSignedCall(client: SQSClient, endpoint?: string): SignedCall {
  return async (service, { method = 'POST', path, query = {}, headers = {}, body }) => {
    const { credentials, sha256 } = client.config;
    const region = await client.config.region();
    const url = new URL(path, endpoint ?? endpointOf(service, region));
    const signer = new SignatureV4({ service, region, credentials, sha256 });
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(Object.entries(query).map(([name, values]) => [name, [...values]])),
      headers: { host: url.host, ...headers },
      ...defined({ body }),
    });
    for (const [name, values] of Object.entries(query)) {
      for (const value of values) url.searchParams.append(name, value);
    }
    const { host: _, ...sent } = signed.headers; // fetch sets the same value itself.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, {
      method,
      headers: sent,
      signal,
      ...defined({ body }),
    });
    const text = await answer.text();
    const from = `${service} ${method} ${path} at ${url.origin}`;
    refuseForeign(from, answer.status, text, 'JSON');
    if (!answer.ok) throw new RefusedCall(service, answer.status, text);
    return { from, headers: answer.headers, text };
  };
}

function endpointOf(service: SignedService, region: string): string {
  const given = endpointFor(VARIABLES[service], process.env);
  if (given !== undefined) return given;
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

const VARIABLES = { lambda: 'LAMBDA', monitoring: 'CLOUDWATCH', scheduler: 'SCHEDULER' } as const;

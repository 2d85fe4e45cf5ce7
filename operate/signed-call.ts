/**
 * Calls to CloudWatch, Lambda and EventBridge Scheduler, signed with the credentials of the SQS client. A few operations are
 * needed of them; their clients would be three more dependencies for everybody who installs Weir.
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

/** What the service refused, in its own words. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly status: number;

  constructor(service: SignedService, status: number, text: string) {
    super(`${service} answered ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

export interface SignedAnswer {
  /** Service, call and endpoint, for an answer that says something else than it should. */
  readonly from: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws a RefusedCall, or what kept the call from an answer. */
export type SignedCall = (service: SignedService, request: SignedRequest) => Promise<SignedAnswer>;

/** Longer than a function's longest run. */
const TIMEOUT_MS = 120_000;

/** `endpoint`: the gateway of a local run. On AWS each service has its own. */
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
    const { host: _, ...sent } = signed.headers; // fetch sets it itself, to the same.
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

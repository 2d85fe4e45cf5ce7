/** Answers of the live page's server. Each one carries the same policy: no foreign content, no frames. */
import type { ServerResponse } from 'node:http';

/** The request is wrong; the message says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export const SAFE_HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'content-type': type });
  response.end(text); // Node sends no body in answer to a HEAD request.
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answer(response, status, 'application/json', JSON.stringify(value));
}

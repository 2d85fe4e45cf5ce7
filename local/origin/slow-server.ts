/**
 * A slow web server on 127.0.0.1 for the local run. It serves a log file in parts of whole lines, each part
 * with its own delay. Delays are lognormal, like those of real servers: most are near the median, a few are
 * many times longer. The delay of a part depends only on the seed and the part, not on the order or number of
 * requests.
 *
 * The parts together are the file, byte for byte. Under /bad it fails in every way of origin/bad-answers.ts.
 */
import { createReadStream } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../functions/ports.ts';
import { createRandom } from '../../model/random.ts';
import { misbehave } from './bad-answers.ts';
import { type Part, splitFile } from './parts.ts';

export interface OriginOptions {
  /** The log: text, or gzip. A gzip file cannot be split, so it is one part. */
  readonly file: string;
  /** At most as many parts as the file has lines. */
  readonly parts: number;
  readonly seed: number;
  /** Median delay of the parts. */
  readonly medianMs?: number;
  /** Length of the tail: the standard deviation of the delay's logarithm. 0 = all delays are equal. */
  readonly sigma?: number;
  /** Longest delay of a part: shorter than the readers' timeout, or a run would retry forever. */
  readonly delayMsMax?: number;
}

export interface Origin extends AsyncDisposable {
  /** The requests to submit to the sample, one for each part. */
  readonly requests: readonly { readonly url: string; readonly firstLine: number }[];
  /** URL of a part; parts are numbered from 1. */
  readonly url: (part: number) => string;
  /** URL of a bad answer: see origin/bad-answers.ts. */
  readonly badUrl: (name: string) => string;
  /** Delay of a part, without the transfer. */
  readonly delayMs: (part: number) => number;
  /** Value for WEIR_ALLOW_HOSTS. */
  readonly allowHost: string;
  /** Aborts running requests. */
  readonly close: () => Promise<void>;
}

/** Pieces in which a part is sent, with a wait before each. */
const PIECES = 4;

export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const { file, seed, medianMs = 100, sigma = 0.8, delayMsMax = 10_000 } = options;
  const parts = await splitFile(file, options.parts);
  const delayMs = (number: number) => {
    const random = createRandom(seed * 1_000_003 + number);
    return Math.min(delayMsMax, medianMs * Math.exp(sigma * normal(random)));
  };
  const server = createServer((request, response) => {
    const [, kind, name = ''] = request.url?.split(/[/?]/) ?? [];
    const part = kind === 'part' ? parts[Number(name) - 1] : undefined;
    if (kind === 'bad') misbehave(name, response);
    else if (part === undefined) response.writeHead(404).end();
    else servePart(file, part, delayMs(Number(name)), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const allowHost = `http://127.0.0.1:${portOf(server.address())}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const url = (part: number) => `${allowHost}/part/${part}`;
  return {
    requests: parts.map(({ firstLine }, index) => ({ url: url(index + 1), firstLine })),
    url,
    badUrl: (name) => `${allowHost}/bad/${name}`,
    delayMs,
    allowHost,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function servePart(file: string, part: Part, delayMs: number, response: ServerResponse): Promise<void> {
  const { start, end } = part;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // Half of the delay comes before the first byte, as with a server that has to prepare its answer.
  await wait(delayMs / 2, undefined, { signal: gone.signal });
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': end - start });
  const step = Math.max(1, Math.ceil((end - start) / PIECES));
  for (let from = start; from < end; from += step) {
    await wait(delayMs / 2 / PIECES, undefined, { signal: gone.signal });
    for await (const chunk of createReadStream(file, { start: from, end: Math.min(from + step, end) - 1 })) {
      response.write(chunk);
    }
  }
  response.end();
}

/** Normally distributed with mean 0 and standard deviation 1 (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the origin has no port');
  return address.port;
}

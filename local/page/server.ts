/**
 * The live page of a local run, on 127.0.0.1 only. A request must name this machine as its host: this refuses
 * a foreign web page whose host name was made to resolve to this machine (DNS rebinding). Every request
 * except that for the empty page must carry the token of the run, which other users of this machine and other
 * pages in the same browser do not know. The token is in the fragment of the URL, which browsers do not send.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { carryOut } from './actions.ts';
import { answer, answerJson, Refusal } from './answer.ts';
import { createEvents } from './events.ts';
import { loadFiles } from './files.ts';
import { isTokenOf, type Origin, readAction, refuseStrangers } from './guard.ts';
import { deadLetterContent } from './letters.ts';
import { createLive } from './live.ts';
import { listen } from './port.ts';
import type { Watched } from './watched.ts';

export interface PageServer {
  /** The URL to open, with the token. */
  readonly url: string;
  close(): Promise<void>;
}

export interface PageOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Milliseconds between two updates of the page. */
  readonly everyMs?: number;
}

const EVERY_MS = 500;

/** Start it after the run, and close it before the run stops. */
export async function startPage(watched: Watched, options: PageOptions): Promise<PageServer> {
  const { port, everyMs = EVERY_MS } = options;
  const token = randomBytes(24).toString('base64url');
  const files = await loadFiles();
  const closed = new AbortController();
  const live = createLive(watched);
  const events = createEvents(live, everyMs);
  const origin: Origin = { hosts: [] };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    refuseStrangers(request, origin);
    const file = files.get(url.pathname);
    if (file !== undefined && isReading(request)) return answer(response, 200, file.type, file.text);
    if (!isTokenOf(request, url, token)) {
      throw new Refusal(403, 'the token of this run is missing: open the address that "weir run" printed');
    }
    if (url.pathname === '/events' && isReading(request)) return events.follow(request, response);
    if (url.pathname === '/dead' && isReading(request)) {
      return answerJson(response, 200, deadLetterContent(watched, url.searchParams.get('id') ?? ''));
    }
    const action = await readAction(request, url.pathname);
    return answerJson(response, 200, await carryOut(watched, action, closed.signal));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const status = error instanceof Refusal ? error.status : 409;
      answerJson(response, status, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  const taken = await listen(server, port);
  origin.hosts = [`127.0.0.1:${taken}`, `localhost:${taken}`];
  return {
    url: `http://127.0.0.1:${taken}/#${token}`,
    async close() {
      closed.abort();
      events.end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

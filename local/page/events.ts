/**
 * The event stream. One look at the run serves all followers; without followers there are no looks. A browser
 * that is too slow skips looks but keeps its place: it next gets everything that changed since its last look.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../functions/aws/clock.ts';
import { SAFE_HEADERS } from './answer.ts';
import type { Live } from './live.ts';

export interface Events {
  follow(request: IncomingMessage, response: ServerResponse): void;
  end(): void;
}

interface Follower {
  readonly response: ServerResponse;
  /** Number of the next observation to send, and the last text sent of each part. */
  next: number;
  readonly has: Map<string, string>;
}

export function createEvents(live: Live, everyMs: number): Events {
  const followers = new Set<Follower>();
  const ended = new AbortController();
  let looking = false;
  const look = async () => {
    looking = true;
    while (followers.size > 0) {
      // While the run stops, its table does not answer; the end of the stream tells the browser.
      const parts = await live.look().catch(() => new Map<string, string>());
      for (const follower of followers) bring(follower, parts, live);
      await systemClock.sleep(everyMs, ended.signal);
    }
    looking = false;
  };
  return {
    follow(request, response) {
      response.writeHead(200, { ...SAFE_HEADERS, 'content-type': 'text/event-stream' });
      response.flushHeaders();
      // After a lost connection the browser sends the id of the last event that it received.
      const last = Number(request.headers['last-event-id'] ?? 0);
      const follower = {
        response,
        next: Number.isSafeInteger(last) ? last : 0,
        has: new Map<string, string>(),
      };
      followers.add(follower);
      response.on('close', () => followers.delete(follower));
      if (!looking) void look();
    },
    end() {
      for (const { response } of followers) response.end();
      followers.clear();
      ended.abort();
    },
  };
}

function bring(follower: Follower, parts: ReadonlyMap<string, string>, live: Live): void {
  const { response, has } = follower;
  if (response.writableNeedDrain) return;
  for (const [name, text] of parts) {
    if (has.get(name) === text) continue;
    has.set(name, text);
    send(response, name, text);
  }
  const observed = live.observations(follower.next);
  if (observed === undefined) return;
  follower.next = observed.next;
  send(response, 'observations', observed.text, observed.next);
}

/** JSON contains no line ends, so it fits one data line. */
function send(response: ServerResponse, event: string, data: string, id?: number): void {
  response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
}

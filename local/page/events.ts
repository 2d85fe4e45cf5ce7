/**
 * The event stream: one look at the run serves everybody who follows, and nobody following means no look. A browser
 * that cannot keep up misses looks, not its place: what it gets next is what changed since its last one.
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
  /** The number of the observation that it gets next, and the texts of the parts that it has. */
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
      // While the run is taken down its table does not answer; the browser is told by the end of the stream.
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
      // After a lost connection the browser says how far it had come.
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

/** JSON holds no line ends, so it fits one data line. */
function send(response: ServerResponse, event: string, data: string, id?: number): void {
  response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
}

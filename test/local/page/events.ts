/** Follows the page's event stream like a browser. */
import * as v from 'valibot';
import type { Started } from './start.ts';

type Part = Readonly<Record<string, unknown>>;

export interface Followed extends AsyncDisposable {
  /** The next event of that name that is as wanted; what was sent before counts. */
  until(name: string, isWanted: (part: Part) => boolean): Promise<Part>;
  readonly observed: readonly Part[];
  /** Everything received. */
  readonly text: string;
}

const Part = v.record(v.string(), v.unknown());
const parsePart = v.pipe(v.string(), v.parseJson(), v.union([v.array(Part), Part]));

export async function followEvents(
  { origin, token }: Started,
  headers: Record<string, string> = {},
): Promise<Followed> {
  const response = await fetch(`${origin}/events?token=${token}`, { headers });
  if (response.body === null) throw new Error(`no stream: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parts = new Map<string, Part>();
  const observed: Part[] = [];
  let text = '';
  let taken = 0;
  const take = () => {
    for (let end = text.indexOf('\n\n', taken); end >= 0; end = text.indexOf('\n\n', taken)) {
      const event = text.slice(taken, end);
      taken = end + 2;
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/m.exec(event) ?? [];
      const part = v.parse(parsePart, data);
      if (Array.isArray(part)) observed.push(...part);
      parts.set(name, Array.isArray(part) ? {} : part);
    }
  };
  return {
    observed,
    get text() {
      return text;
    },
    async until(name, isWanted) {
      for (;;) {
        const part = parts.get(name);
        if (part !== undefined && isWanted(part)) return part;
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended before ${name} was as wanted`);
        text += value;
        take();
      }
    },
    [Symbol.asyncDispose]: () => reader.cancel(),
  };
}

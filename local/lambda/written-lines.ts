/** Splits what a function writes to its streams into lines, as node:readline does. */
import type { Written } from './thread-messages.ts';

export interface WrittenLines {
  add(written: readonly Written[]): void;
  /** Passes on the last lines, which have no end. */
  end(): void;
}

export function splitLines(onLine: (stream: Written['stream'], line: string) => void): WrittenLines {
  const rest = { stdout: '', stderr: '' };
  return {
    add(written) {
      for (const { stream, text } of written) {
        const lines = (rest[stream] + text).split(/\r\n|[\n\r\u2028\u2029]/);
        rest[stream] = lines.pop() ?? '';
        for (const line of lines) onLine(stream, line);
      }
    },
    end() {
      for (const stream of ['stdout', 'stderr'] as const) {
        if (rest[stream] !== '') onLine(stream, rest[stream]);
        rest[stream] = '';
      }
    },
  };
}

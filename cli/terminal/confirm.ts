/** Asks before something is deleted for good. Only a terminal can answer; a script says --yes. */
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

/** Only the word "yes" agrees. The end of the input counts as no. */
export async function saysYes(
  question: string,
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): Promise<boolean> {
  const lines = createInterface({ input, output });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(question), ended]);
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    lines.close();
  }
}

export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** `--feed [FEED=]FILE`: records for a feed of the pipeline. */
import { existsSync } from 'node:fs';
import { type Line, linesOf } from '../../model/lines.ts';
import { UsageError } from '../terminal/options.ts';

export interface FeedRecords {
  /** Logical id of the feed; undefined: the only feed. */
  readonly feed: string | undefined;
  readonly lines: readonly Line[];
}

export async function feedRecords(given: string | undefined): Promise<FeedRecords | undefined> {
  if (given === undefined) return undefined;
  const [, feed, file = given] = existsSync(given) ? [] : (/^(\w+)=(.+)$/s.exec(given) ?? []);
  if (!existsSync(file)) {
    throw new UsageError(
      `--feed ${given}: there is no file ${file}. Give --feed FILE, or --feed FEED=FILE where there are several`,
    );
  }
  const lines: Line[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return { feed, lines };
}

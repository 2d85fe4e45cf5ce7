/**
 * The writer in the model. Lambda polls each shard of the table's stream and takes up to a hundred commits at a time. Keys are
 * written in parallel, the commits of one key one after the other. The shard goes on when all are written.
 */
import type { Message, World } from './world.ts';

interface Commit {
  readonly key: number;
  readonly messages: readonly Message[];
}

const BATCH_SIZE = 100;

export function createWriterStage(world: World, shards: number, written: (message: Message) => void) {
  const { events, profile, work, counts, random } = world;
  const waiting = Array.from({ length: shards }, (): Commit[] => []);
  const busy = new Set<number>();

  function look(shard: number): void {
    const queue = waiting[shard];
    if (queue === undefined || busy.has(shard) || queue.length === 0) return;
    busy.add(shard);
    // The commit came at a random time between two polls.
    events.after(profile.streamPollMs * random() + world.time(profile.invoke), () => {
      const startedAt = events.now;
      const batch = queue.splice(0, BATCH_SIZE);
      const ends = [...Map.groupBy(batch, ({ key }) => key).values()].map(writeKey);
      const end = Math.max(...ends);
      events.at(end, () => {
        counts.writerInvocations += 1;
        counts.writerBilledMs += Math.ceil(end - startedAt);
        busy.delete(shard);
        look(shard);
      });
    });
  }

  function writeKey(commits: readonly Commit[]): number {
    let end = events.now;
    for (const { messages } of commits) {
      end += work.write === undefined ? 0 : world.time(work.write);
      events.at(end, () => {
        for (const message of messages) written(message);
      });
    }
    return end;
  }

  return (key: number, messages: readonly Message[]): void => {
    const shard = key % shards;
    waiting[shard]?.push({ key, messages });
    look(shard);
  };
}

/**
 * The compute function in the model. The groups of a batch share one processor and fold one after the other; their commits
 * overlap. A long fold commits in parts. A key that another environment served in the meantime is loaded again first. In
 * request order, a message that comes early is parked until its turn.
 */
import type { Environment } from './mapping.ts';
import { createWarmItems } from './warm-items.ts';
import type { Message, World } from './world.ts';

export interface ComputePorts {
  readonly committed: (message: Message) => void;
  /** Called for each commit with outputs, which goes to the table's stream. */
  readonly streamed: (key: number, messages: readonly Message[]) => void;
}

export function createComputeStage(world: World, { committed, streamed }: ComputePorts) {
  const { events, processor, profile, work, counts, random } = world;
  const load = createLoads(world);
  const takeTurn = createTurns(world);
  const { readingMs, messagesPerCommit, partsPerMessage } = foldsOf(world);

  /** Folds and commits the messages of a group, part by part. */
  function fold(environment: Environment, group: readonly Message[], from: number, done: () => void): void {
    const part = group.slice(from, from + messagesPerCommit);
    if (part.length === 0) {
      done();
      return;
    }
    for (const message of part) message.computeAt = events.now;
    const busyMs = part.length * readingMs + profile.cpu.commitMs * work.slowdown * partsPerMessage;
    processor.run(environment.thread, busyMs, () => {
      counts.commits += partsPerMessage;
      // A message with much to compute is committed in parts. Each commit except the last delays the next part.
      events.after((partsPerMessage - 1) * profile.put.mean, () =>
        world.callTable(profile.put, () => {
          commit(part);
          fold(environment, group, from + part.length, done);
        }),
      );
    });
  }

  function commit(part: readonly Message[]): void {
    const applied = work.inRequestOrder ? part.flatMap(takeTurn) : part;
    for (const message of applied) {
      message.committedAt = events.now;
      committed(message);
    }
    const [first] = applied;
    // If outputs are rare, most commits have none.
    if (first !== undefined && random() < work.outputsPerMessage * applied.length)
      streamed(first.key, applied);
  }

  return (batch: readonly Message[], environment: Environment, done: () => void): void => {
    const groups = [...Map.groupBy(batch, ({ key }) => key)];
    let open = groups.length;
    const ended = () => {
      open -= 1;
      if (open === 0) done();
    };
    for (const [key, group] of groups) {
      load(environment, key, () => fold(environment, group, 0, ended));
    }
  };
}

type Load = (environment: Environment, key: number, then: () => void) => void;

function createLoads(world: World): Load {
  const { processor, profile, work, counts, random } = world;
  const items = createWarmItems(work.cachedKeys, random);
  return (environment, key, then) => {
    const found = items.begin(environment.number, key);
    if (found === 'warm') {
      then();
    } else if (found === 'load') {
      counts.loads += 1;
      world.callTable(profile.load, then);
    } else {
      // The write that fails returns the newest item, so it takes the place of a load.
      counts.conflicts += 1;
      processor.run(environment.thread, profile.cpu.commitMs * work.slowdown, () =>
        world.callTable(profile.put, then),
      );
    }
  };
}

function foldsOf({ work, profile }: World) {
  const readingMs = (work.computeMs * work.readingsPerMessage + profile.cpu.messageMs) * work.slowdown;
  return {
    readingMs,
    messagesPerCommit: readingMs === 0 ? 10 : Math.max(1, Math.ceil(work.commitAfterMs / readingMs)),
    partsPerMessage: Math.max(1, Math.floor(readingMs / Math.max(1, work.commitAfterMs))),
  };
}

interface Turn {
  next: number;
  readonly parked: Map<number, Message[]>;
}

/** If it is the message's turn, returns it and the parked messages after it. Otherwise the message is parked. */
function createTurns({ work, counts }: World): (message: Message) => Message[] {
  const turns = new Map<number, Turn>();
  return (message) => {
    const turn = turns.get(message.key) ?? { next: 1, parked: new Map<number, Message[]>() };
    turns.set(message.key, turn);
    const { sequence } = message.request;
    const own = turn.parked.get(sequence) ?? [];
    turn.parked.set(sequence, [...own, message]);
    if (sequence !== turn.next) counts.parked += 1;
    const applied: Message[] = [];
    for (let ready = turn.parked.get(turn.next); ready?.length === work.messagesPerKey; ) {
      applied.push(...ready);
      turn.parked.delete(turn.next);
      turn.next += 1;
      ready = turn.parked.get(turn.next);
    }
    return applied;
  };
}

/**
 * The reader in the model: all requests of a batch are read at once; readings leave as their read ends, with those
 * that end within the linger time; an invocation ends when all its readings are in the readings queue. With more slots
 * than a batch has requests it takes more from the queue itself, as long as it has time.
 */
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { sqsUnits } from '../workload.ts';
import { type Environment, spend } from './mapping.ts';
import type { Message, Request, World } from './world.ts';

export interface ReaderPorts {
  readonly take: (max: number) => Request[];
  readonly sent: (message: Message) => void;
  /** To be read again after that time. */
  readonly postpone: (request: Request, delayMs: number) => void;
}

interface Waiting {
  readonly messages: readonly Message[];
  readonly durable: () => void;
  readonly pulled: boolean;
}

/** Part of its time in which an invocation may still take requests: a read begun later would have too little left. */
const PULL_SHARE = 0.5;
const FIRST_RETRY_MS = 5_000;
const RETRY_MS_MAX = 900_000;

export function createReaderStage(world: World, ports: ReaderPorts) {
  return (batch: readonly Request[], environment: Environment, done: () => void): void => {
    new Invocation(world, ports, environment, done).begin(batch);
  };
}

class Invocation {
  readonly #world: World;
  readonly #ports: ReaderPorts;
  readonly #environment: Environment;
  readonly #done: () => void;
  readonly #startedAt: number;
  #reading = 0;
  #pulling = false;
  #waiting: Waiting[] = [];
  #flushes = 0;

  constructor(world: World, ports: ReaderPorts, environment: Environment, done: () => void) {
    this.#world = world;
    this.#ports = ports;
    this.#environment = environment;
    this.#done = done;
    this.#startedAt = world.events.now;
  }

  begin(batch: readonly Request[]): void {
    for (const request of batch) this.#read(request, false);
    this.#pull();
  }

  #read(request: Request, pulled: boolean): void {
    const { events, profile, work } = this.#world;
    this.#reading += 1;
    const readyAt = spend(this.#environment, events.now, profile.cpu.requestMs * work.slowdown);
    request.readAt = readyAt;
    const inTime = request.readMs <= work.readTimeoutMs;
    events.at(readyAt + Math.min(request.readMs, work.readTimeoutMs), () => {
      if (!inTime) this.#giveBack(request);
      else this.#send(request, pulled);
    });
  }

  #giveBack(request: Request): void {
    const { counts, work, random } = this.#world;
    if (request.attempt >= work.readAttempts) {
      // In request order a tombstone takes its place, which costs what its readings would.
      if (work.inRequestOrder) {
        this.#send(request, false);
        return;
      }
      counts.dead += 1;
    } else {
      counts.retries += 1;
      const delayMs = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** (request.attempt - 1));
      request.attempt += 1;
      request.readMs = work.read.quantile(random());
      this.#ports.postpone(request, delayMs * (0.8 + 0.2 * random()));
    }
    this.#ended();
  }

  /** Chunks of one key go one after the other; here they are sent together, which is early by a call at most. */
  #send(request: Request, pulled: boolean): void {
    const { events, work } = this.#world;
    const messages = request.keys.flatMap((key) =>
      Array.from(
        { length: work.messagesPerKey },
        (): Message => ({
          key,
          request,
          readEndAt: events.now,
          ...{ sentAt: 0, computeAt: 0, committedAt: 0 },
        }),
      ),
    );
    this.#waiting.push({ messages, durable: () => this.#ended(), pulled });
    const count = this.#waiting.reduce((sum, one) => sum + one.messages.length, 0);
    if (count >= SQS_BATCH_ENTRIES_MAX || work.lingerMs === 0) this.#flush();
    else if (this.#waiting.length === 1) {
      const flushes = this.#flushes;
      events.after(work.lingerMs, () => {
        if (this.#flushes === flushes) this.#flush();
      });
    }
  }

  #flush(): void {
    const { events, profile, work, counts } = this.#world;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#flushes += 1;
    const messages = waiting.flatMap((one) => one.messages);
    let end = events.now;
    for (let from = 0; from < messages.length; from += SQS_BATCH_ENTRIES_MAX) {
      const entries = messages.slice(from, from + SQS_BATCH_ENTRIES_MAX);
      counts.sends += 1;
      counts.sendUnits += sqsUnits(entries.length * work.messageBytes);
      counts.sendGroups += new Set(entries.map(({ key }) => key)).size;
      const leftAt = spend(this.#environment, events.now, profile.cpu.sendMs * work.slowdown);
      const sentAt = leftAt + this.#world.call(profile.send);
      events.at(sentAt, () => {
        for (const message of entries) this.#ports.sent(message);
      });
      end = Math.max(end, sentAt);
    }
    if (waiting.some(({ pulled }) => pulled)) counts.pullDeletes += 1;
    events.at(end, () => {
      for (const { durable } of waiting) durable();
    });
  }

  #ended(): void {
    this.#reading -= 1;
    this.#pull();
    if (this.#reading === 0 && !this.#pulling) this.#done();
  }

  #pull(): void {
    const { events, work, profile, counts } = this.#world;
    const free = Math.min(SQS_BATCH_ENTRIES_MAX, work.readsPerInvocation - this.#reading);
    const late = events.now - this.#startedAt > work.readTimeoutMs * PULL_SHARE;
    if (work.readsPerInvocation <= SQS_BATCH_ENTRIES_MAX || free <= 0 || this.#pulling || late) return;
    const requests = this.#ports.take(free);
    if (requests.length === 0) return;
    this.#pulling = true;
    counts.pulls += 1;
    events.after(this.#world.call(profile.send), () => {
      this.#pulling = false;
      for (const request of requests) this.#read(request, true);
      this.#pull();
    });
  }
}

/**
 * The reader in the model. All requests of a batch are read at once. When a read ends, its readings are sent together with
 * those of reads that end within the linger time. An invocation ends when all its readings are in the readings queue. An
 * invocation with a full batch whose reads do not all end at once pulls more requests as slots become free, until a pull
 * finds nothing, no read is running, or too little time is left (functions/reader/reader.ts).
 */
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { lotOf, QUICK_MS } from '../../functions/reader/reader.ts';
import type { Distribution } from '../distribution.ts';
import { sqsUnits } from '../workload.ts';
import type { Environment } from './mapping.ts';
import type { Message, Request, World } from './world.ts';

export interface ReaderPorts {
  readonly take: (max: number) => Request[];
  readonly sent: (message: Message) => void;
  /** Lets a request be read again after this time. */
  readonly postpone: (request: Request, delayMs: number) => void;
}

interface Waiting {
  readonly messages: readonly Message[];
  readonly durable: () => void;
}

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
  /** Number of requests in work, and of those whose read is still running. The others only have to send. */
  #running = 0;
  #reading = 0;
  #pulls = false;
  /** Whether the invocation still waits for QUICK_MS before it pulls. */
  #passing = false;
  /** Whether one of its own receives or deletes is running. It makes one call after the other. */
  #calling = false;
  #toDelete = 0;
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
    const { readsPerInvocation } = this.#world.work;
    this.#pulls = batch.length === SQS_BATCH_ENTRIES_MAX && readsPerInvocation > SQS_BATCH_ENTRIES_MAX;
    this.#passing = this.#pulls;
    for (const request of batch) this.#read(request, false);
    if (this.#passing) this.#world.events.after(QUICK_MS, () => this.#passQuickReads());
    else this.#goOn();
  }

  #passQuickReads(): void {
    if (!this.#passing) return;
    this.#passing = false;
    this.#goOn();
  }

  #read(request: Request, pulled: boolean): void {
    const { events, processor, profile, work } = this.#world;
    this.#running += 1;
    this.#reading += 1;
    processor.run(this.#environment.thread, (profile.cpu.requestMs + work.foldMs) * work.slowdown, () => {
      request.readAt = events.now;
      const inTime = request.readMs <= work.readTimeoutMs;
      events.after(Math.min(request.readMs, work.readTimeoutMs), () => {
        this.#reading -= 1;
        if (inTime) this.#send(request, pulled);
        else this.#giveBack(request);
      });
    });
  }

  #giveBack(request: Request): void {
    const { counts, work, random } = this.#world;
    if (request.attempt >= work.readAttempts) {
      // In request order a tombstone takes its place, which costs as much as readings.
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

  /**
   * The real reader sends the chunks of a key one after the other. Here they are sent together, which saves at most one
   * call.
   */
  #send(request: Request, pulled: boolean): void {
    const { events, work } = this.#world;
    const messages = request.keys.flatMap((key) =>
      Array.from(
        { length: work.messagesPerKey },
        (): Message => ({
          key,
          request,
          readEndAt: events.now,
          sentAt: 0,
          computeAt: 0,
          committedAt: 0,
        }),
      ),
    );
    const durable = () => {
      if (pulled) this.#toDelete += 1;
      this.#ended();
    };
    this.#waiting.push({ messages, durable });
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
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#flushes += 1;
    const messages = waiting.flatMap((one) => one.messages);
    let open = 0;
    const sent = () => {
      open -= 1;
      if (open === 0) for (const { durable } of waiting) durable();
    };
    for (let from = 0; from < messages.length; from += SQS_BATCH_ENTRIES_MAX) {
      open += 1;
      this.#sendBatch(messages.slice(from, from + SQS_BATCH_ENTRIES_MAX), sent);
    }
  }

  #sendBatch(entries: readonly Message[], then: () => void): void {
    const { processor, profile, work, counts } = this.#world;
    counts.sends += 1;
    counts.sendUnits += sqsUnits(entries.length * work.messageBytes);
    counts.sendGroups += new Set(entries.map(({ key }) => key)).size;
    processor.run(this.#environment.thread, profile.cpu.sendMs * work.slowdown, () =>
      this.#world.call(profile.send, () => {
        for (const message of entries) this.#ports.sent(message);
        then();
      }),
    );
  }

  #ended(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#passing = false;
    if (!this.#passing) this.#goOn();
  }

  /** Pulls if possible, waits while reads run, and deletes pulled requests before the invocation ends. */
  #goOn(): void {
    if (this.#calling) return;
    const { events, work } = this.#world;
    this.#pulls &&= this.#reading > 0 && events.now - this.#startedAt <= work.pullForMs;
    const free = work.readsPerInvocation - this.#running;
    if (this.#pulls && free >= lotOf(work.readsPerInvocation)) this.#pull(free);
    else if (this.#running === 0) this.#delete(1, this.#done);
  }

  #pull(free: number): void {
    const { counts, profile } = this.#world;
    counts.pulls += 1;
    const requests = this.#ports.take(Math.min(free, SQS_BATCH_ENTRIES_MAX));
    this.#call(profile.send, () => {
      this.#pulls = requests.length > 0;
      for (const request of requests) this.#read(request, true);
      this.#delete(SQS_BATCH_ENTRIES_MAX, () => this.#goOn());
    });
  }

  /** Deletes the pulled requests whose readings are sent, if there are at least `least`. */
  #delete(least: number, then: () => void): void {
    if (this.#toDelete < least) {
      then();
      return;
    }
    this.#world.counts.pullDeletes += Math.ceil(this.#toDelete / SQS_BATCH_ENTRIES_MAX);
    this.#toDelete = 0;
    this.#call(this.#world.profile.send, then);
  }

  #call(time: Distribution, then: () => void): void {
    const { processor, profile, work } = this.#world;
    this.#calling = true;
    processor.run(this.#environment.thread, profile.cpu.sendMs * work.slowdown, () =>
      this.#world.call(time, () => {
        this.#calling = false;
        then();
      }),
    );
  }
}

/**
 * The reader in the model. All requests of a batch are read at once. When a read ends, its readings are sent together with
 * those of reads that end within the linger time. An invocation ends when all its readings are in the readings queue. An
 * invocation with a full batch whose reads do not all end at once pulls more requests as slots become free, until a pull
 * finds nothing, no read is running, or too little time is left (functions/reader/pull-beside.ts).
 */
import { SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { endsSoon, freeSlots, lotOf, QUICK_MS } from '../../functions/reader/pull-beside.ts';
import type { Distribution } from '../distribution.ts';
import { sqsUnits } from '../workload.ts';
import type { Environment } from './mapping.ts';
import type { Message, Request, World } from './world.ts';

export interface ReaderPorts {
  readonly take: (max: number) => Request[];
  readonly sent: (messages: readonly Message[]) => void;
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
  /** Pulls that are running, and how many may run at once. */
  #pulling = 0;
  #atOnce = 1;
  /** Pulls that have answered, and how long they took in total. */
  #pulled = 0;
  #pulledMs = 0;
  /** Requests that were pulled before their slots were free. */
  #ready: Request[] = [];
  #ended = 0;
  #toDelete = 0;
  #deleting = 0;
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
        this.#ended += 1;
        if (!inTime) {
          this.#giveBack(request);
          return;
        }
        this.#send(request, pulled);
        // Only its readings must still be sent, so its slot is free.
        if (!this.#passing) this.#goOn();
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
    this.#leave();
  }

  /** The real reader sends the chunks of a key one after the other. Here they are sent together: at most one call less. */
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
      if (this.#toDelete === SQS_BATCH_ENTRIES_MAX) this.#delete();
      this.#leave();
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
        this.#ports.sent(entries);
        then();
      }),
    );
  }

  #leave(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#passing = false;
    if (!this.#passing) this.#goOn();
  }

  /** Begins pulled requests, pulls if possible, waits while reads run, and deletes pulled requests before it ends. */
  #goOn(): void {
    const { events, work } = this.#world;
    const slots = freeSlots({ reading: this.#reading, running: this.#running }, work.readsPerInvocation);
    if (slots > 0) for (const request of this.#ready.splice(0, slots)) this.#read(request, true);
    this.#pulls &&= this.#reading > 0 && events.now - this.#startedAt <= work.pullForMs;
    while (this.#pulls && this.#pulling < this.#atOnce && this.#free() >= lotOf(work.readsPerInvocation))
      this.#pull(this.#free());
    if (this.#running > 0 || this.#pulling > 0) return;
    this.#delete();
    if (this.#deleting === 0) this.#done();
  }

  /** Number of further requests that will find a free slot when a pull answers. */
  #free(): number {
    const { readsPerInvocation } = this.#world.work;
    const slots = freeSlots({ reading: this.#reading, running: this.#running }, readsPerInvocation);
    const inMs = this.#world.events.now - this.#startedAt;
    const callMs = this.#pulledMs / this.#pulled;
    const soon = this.#pulled === 0 ? 0 : endsSoon({ ended: this.#ended, inMs, callMs });
    return slots + soon - this.#ready.length - this.#pulling * SQS_BATCH_ENTRIES_MAX;
  }

  #pull(free: number): void {
    const { counts, profile, events } = this.#world;
    const max = Math.min(free, SQS_BATCH_ENTRIES_MAX);
    const requests = this.#ports.take(max);
    const askedAt = events.now;
    counts.pulls += 1;
    this.#pulling += 1;
    this.#call(profile.send, () => {
      this.#pulling -= 1;
      this.#pulled += 1;
      this.#pulledMs += events.now - askedAt;
      this.#atOnce = requests.length === max ? 2 * this.#atOnce : 1;
      this.#pulls &&= requests.length > 0;
      this.#ready.push(...requests);
      this.#goOn();
    });
  }

  /** Deletes the pulled requests whose readings are sent, at most ten. */
  #delete(): void {
    if (this.#toDelete === 0) return;
    this.#toDelete = 0;
    this.#world.counts.pullDeletes += 1;
    this.#deleting += 1;
    this.#call(this.#world.profile.send, () => {
      this.#deleting -= 1;
      if (!this.#passing) this.#goOn();
    });
  }

  #call(time: Distribution, then: () => void): void {
    const { processor, profile, work } = this.#world;
    processor.run(this.#environment.thread, profile.cpu.sendMs * work.slowdown, () =>
      this.#world.call(time, then),
    );
  }
}

/** Completes the settings of a queue with SQS's own defaults and checks them like CreateQueue. */
import type { QueueOptions, QueueSettings } from './types.ts';

export function completeSettings(options: QueueOptions): QueueSettings {
  const { name } = options;
  const settings: QueueSettings = {
    arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    url: `http://127.0.0.1/000000000000/${name}`,
    fifo: name.endsWith('.fifo'),
    visibilityTimeoutMs: 30_000,
    retentionMs: 4 * 86_400_000,
    delayMs: 0,
    deduplicationScope: 'queue',
    contentBasedDeduplication: false,
    shuffle: false,
    ...options,
  };
  check(/^[\w-]{1,75}(\.fifo)?$/.test(name), name, 'a name is 1 to 80 letters, digits, - and _');
  check(
    settings.fifo === name.endsWith('.fifo'),
    name,
    'the name of a FIFO queue, and of no other, ends in .fifo',
  );
  inRange(name, 'visibilityTimeoutMs', settings.visibilityTimeoutMs, 0, 12 * 3_600_000);
  inRange(name, 'retentionMs', settings.retentionMs, 60_000, 14 * 86_400_000);
  inRange(name, 'delayMs', settings.delayMs, 0, 15 * 60_000);
  if (settings.redrive !== undefined) {
    const { deadLetterQueue, maxReceiveCount } = settings.redrive;
    inRange(name, 'maxReceiveCount', maxReceiveCount, 1, 1000);
    const sameKind = deadLetterQueue.settings.fifo === settings.fifo;
    check(sameKind, name, `its dead-letter queue ${deadLetterQueue.settings.name} is of the other kind`);
  }
  return settings;
}

function inRange(name: string, setting: string, value: number, min: number, max: number): void {
  check(value >= min && value <= max, name, `${setting} is ${value}, it must be from ${min} to ${max}`);
}

function check(condition: boolean, name: string, problem: string): void {
  if (!condition) throw new RangeError(`queue ${JSON.stringify(name)}: ${problem}`);
}

/**
 * All ids that derive from a message are made here. The same message has the same ids on every attempt, so SQS drops a repeat
 * within five minutes, and receipts drop it later.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { KEY_BYTES_MAX } from './limits.ts';

/** Characters of base64url, 6 bits each. */
const RECEIPT_LENGTH = 16;

/** The fields that tell the messages of a key apart (see ReadingsMessage). */
export interface MessageIdentity {
  readonly request: string;
  readonly kind: string;
  readonly chunk: number;
  readonly index?: number;
}

/** The receipt of a message, within its key: 96 bits of its identity as 16 characters. */
export function receiptOf(message: MessageIdentity): string {
  const identity = [message.request, message.kind === 'readings' ? String(message.chunk) : message.kind];
  if (message.index !== undefined) identity.push(String(message.index));
  return hash('sha256', identified(identity), 'base64url').slice(0, RECEIPT_LENGTH);
}

/** The receipt of one delivery: it names this SQS message, not its content. */
export function deliveryReceiptOf(messageId: string): string {
  return hash('sha256', identified(['delivery', messageId]), 'base64url').slice(0, RECEIPT_LENGTH);
}

/** The receipt of a message that a forget dropped unapplied. A repeat is recognized, and does not count as applied. */
export function droppedReceiptOf(receipt: string): string {
  return hash('sha256', identified(['dropped', receipt]), 'base64url').slice(0, RECEIPT_LENGTH);
}

/** The id of a wake and name of its schedule. EventBridge Scheduler allows 64 letters, digits and hyphens. */
export function wakeIdOf(key: string, lineage: string, version: number, { tag, at }: WakeIdentity): string {
  return `wake-${hashOf(key, lineage, String(version), tag, String(at)).slice(0, 48)}`;
}

/** `at`, the time of the schedule, is part of the id: an item that was restored may make other wakes in the same version. */
interface WakeIdentity {
  readonly tag: string;
  readonly at: number;
}

/**
 * The message group of a key: the key itself if SQS allows it (1 to 128 ASCII letters, digits and punctuation), else a hash
 * of it. A key that looks like such a hash is hashed too, so two keys never share a group.
 */
export function groupOf(key: string): string {
  return /^[!-~]{1,128}$/.test(key) && !key.startsWith('sha256:') ? key : `sha256:${hash('sha256', key)}`;
}

/**
 * The id of the request that an operator makes by editing the body of a dead letter. It is a new request, so that no receipt
 * of the old one drops it. The same body always gives the same id.
 */
export function editedIdOf(request: string, body: string): string {
  const first = request.replace(EDITED, '').slice(0, EDITED_FROM_LENGTH_MAX).toWellFormed();
  return `${first}~edit-${hashOf('edited', request, body).slice(0, 16)}`;
}

const EDITED = /~edit-[0-9a-f]{16}$/;
/** Keeps the new id within REQUEST_ID_LENGTH_MAX. */
const EDITED_FROM_LENGTH_MAX = 480;

export function checkKey(key: unknown, what: string): string {
  if (typeof key !== 'string') throw new PermanentError(`${what} is ${kindOf(key)}, a key is a string`);
  if (key === '') throw new PermanentError(`${what} is empty`);
  if (!key.isWellFormed()) throw new PermanentError(`${what} holds half a character (a lone surrogate)`);
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) {
    throw new PermanentError(
      `${what} has ${bytes} bytes; at most ${KEY_BYTES_MAX} are allowed: use a hash of it as the key`,
    );
  }
  return key;
}

/** A hash of the request, which all its chunks share. */
export function requestHashOf(message: Pick<MessageIdentity, 'request'>): string {
  return hashOf(message.request).slice(0, 16);
}

/** SHA-256 of the parts. */
export function hashOf(...parts: readonly string[]): string {
  return hash('sha256', identified(parts));
}

/** The parts as one text, each after its length, so that ("a:b", "c") and ("a", "b:c") differ. */
function identified(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

/** A hash of any number of texts, which need not be in memory at once. */
export function fingerprint(texts: Iterable<string>): string {
  let whole: Hash | undefined;
  let part = '';
  for (const text of texts) {
    part += `${text.length}:${text}`;
    if (part.length < HASHED_AT_ONCE) continue;
    whole = (whole ?? createHash('sha256')).update(part);
    part = '';
  }
  const digest = whole === undefined ? hash('sha256', part) : whole.update(part).digest('hex');
  return digest.slice(0, 16);
}

const HASHED_AT_ONCE = 64 * 1024;

/**
 * All ids that are made from a message, only here. The same message has the same ids on every attempt, so SQS drops a
 * repeat within five minutes, and the receipts drop it later.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { KEY_BYTES_MAX } from './limits.ts';

/** Of base64url: 6 bits each. */
const RECEIPT_LENGTH = 16;

/** What tells the messages of a key apart (ReadingsMessage has the words). */
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

/** The receipt of one delivery: of this SQS message, whatever is in it. */
export function deliveryReceiptOf(messageId: string): string {
  return hash('sha256', identified(['delivery', messageId]), 'base64url').slice(0, RECEIPT_LENGTH);
}

/** The receipt of what was dropped unapplied when its key was forgotten: a repeat of it is known, and not taken for applied. */
export function droppedReceiptOf(receipt: string): string {
  return hash('sha256', identified(['dropped', receipt]), 'base64url').slice(0, RECEIPT_LENGTH);
}

/** The id of a wake, and the name of its schedule: letters, digits and hyphens, 64 at most, as EventBridge Scheduler takes it. */
export function wakeIdOf(key: string, lineage: string, version: number, { tag, at }: WakeIdentity): string {
  return `wake-${hashOf(key, lineage, String(version), tag, String(at)).slice(0, 48)}`;
}

/** `at`: of its schedule. An item that was put back to an earlier version makes other wakes of the same versions. */
interface WakeIdentity {
  readonly tag: string;
  readonly at: number;
}

/**
 * The message group of a key: the key itself where SQS allows it (1 to 128 ASCII letters, digits and punctuation),
 * else a hash of it. A key that looks like such a hash is hashed too, so two keys never share a group.
 */
export function groupOf(key: string): string {
  return /^[!-~]{1,128}$/.test(key) && !key.startsWith('sha256:') ? key : `sha256:${hash('sha256', key)}`;
}

/**
 * The id of the request that an operator makes of a dead one by giving it another body: another request, so that no receipt of the
 * old one drops it, and the same one as often as the same body is given.
 */
export function editedIdOf(request: string, body: string): string {
  const first = request.replace(EDITED, '').slice(0, EDITED_FROM_LENGTH_MAX).toWellFormed();
  return `${first}~edit-${hashOf('edited', request, body).slice(0, 16)}`;
}

const EDITED = /~edit-[0-9a-f]{16}$/;
/** So that the whole is an id (REQUEST_ID_LENGTH_MAX). */
const EDITED_FROM_LENGTH_MAX = 480;

export function checkKey(key: unknown, what: string): string {
  if (typeof key !== 'string') throw new PermanentError(`${what} is ${kindOf(key)}, a key is a string`);
  if (key === '') throw new PermanentError(`${what} is empty`);
  if (!key.isWellFormed()) throw new PermanentError(`${what} holds half a character (a lone surrogate)`);
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) {
    throw new PermanentError(
      `${what} has ${bytes} bytes, ${KEY_BYTES_MAX} is the most; use a hash of it as the key`,
    );
  }
  return key;
}

/** The receipt's look-alike for a whole request: all its chunks for a key have it in common. */
export function requestHashOf(message: Pick<MessageIdentity, 'request'>): string {
  return hashOf(message.request).slice(0, 16);
}

/** SHA-256 of the parts. */
export function hashOf(...parts: readonly string[]): string {
  return hash('sha256', identified(parts));
}

/** The parts as one text, each with its length before it: ("a:b", "c") and ("a", "b:c") do not meet. */
function identified(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

/** Of any number of texts, which need not be in memory at once. */
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

/**
 * The MD5 digests in SQS's answers. The SDK compares those of bodies with its own.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
import { createHash, hash } from 'node:crypto';
import { attributeType, isBinary } from '../../../model/queue/attribute-type.ts';

export function md5OfBody(body: string): string {
  return hash('md5', body);
}

/** Undefined when there are no attributes: SQS then leaves the field out. */
export function md5OfAttributes(
  attributes: Readonly<Record<string, string>>,
  types?: Readonly<Record<string, string>>,
): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const digest = createHash('md5');
  for (const name of names) {
    const type = attributeType(types, name);
    const binary = isBinary(type);
    digest.update(withLength(Buffer.from(name)));
    digest.update(withLength(Buffer.from(type)));
    digest.update(Buffer.of(binary ? 2 : 1));
    digest.update(withLength(Buffer.from(attributes[name] ?? '', binary ? 'base64' : 'utf8')));
  }
  return digest.digest('hex');
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * A value of a template as one line of text, with references in angle brackets: `<UndeliveredBucket.Arn>/*`. cdk-nag names its
 * findings in this form, and the capability table its resources.
 */
import { isRecord } from '../functions/json.ts';

export function intrinsicText(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::GetAtt': attribute, 'Fn::Join': join } = isRecord(value) ? value : {};
  if (typeof reference === 'string') return `<${reference}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(intrinsicText).join(String(join[0]));
  throw new Error(`${JSON.stringify(value)} is neither text nor a reference, attribute or join`);
}

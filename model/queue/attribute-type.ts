/**
 * The type of a message attribute: String unless something else is said. Names are the senders' choice, so one that
 * every object inherits (constructor) must not be taken for something said.
 */
export function attributeType(types: Readonly<Record<string, string>> | undefined, name: string): string {
  return types !== undefined && Object.hasOwn(types, name) ? (types[name] ?? 'String') : 'String';
}

/** Binary values are held as base64. */
export function isBinary(type: string): boolean {
  return type.startsWith('Binary');
}

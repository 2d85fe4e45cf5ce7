/**
 * The type of a message attribute; String by default. Senders choose the names, so an inherited property such as `constructor`
 * must not count.
 */
export function attributeType(types: Readonly<Record<string, string>> | undefined, name: string): string {
  return types !== undefined && Object.hasOwn(types, name) ? (types[name] ?? 'String') : 'String';
}

/** Values of a binary type are kept as base64. */
export function isBinary(type: string): boolean {
  return type.startsWith('Binary');
}

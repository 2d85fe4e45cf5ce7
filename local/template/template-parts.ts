/** Reads parts of an unresolved template: properties and references. */
import { isRecord } from '../../functions/json.ts';

export function propertiesOf(
  resources: Readonly<Record<string, unknown>>,
  id: string,
): Record<string, unknown> {
  return recordIn(recordIn(resources, id), 'Properties');
}

export function refOf(value: unknown): string | undefined {
  const id = isRecord(value) ? value['Ref'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

export function attributeOf(value: unknown): string | undefined {
  const path = isRecord(value) ? value['Fn::GetAtt'] : undefined;
  const id: unknown = Array.isArray(path) ? path[0] : undefined;
  return typeof id === 'string' ? id : undefined;
}

export function recordIn(value: unknown, name: string): Record<string, unknown> {
  const found = isRecord(value) ? value[name] : undefined;
  return isRecord(found) ? found : {};
}

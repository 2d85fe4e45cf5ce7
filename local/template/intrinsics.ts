/**
 * Resolves CloudFormation's intrinsic functions with local names. An unknown reference is an error that names
 * it: replaced silently, it would be found only in the cloud.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
import { isRecord } from '../../functions/json.ts';

export interface References {
  /** Undefined: there is no such resource. */
  ref(id: string): unknown;
  attribute(id: string, name: string): unknown;
}

/** Returns the value with every intrinsic function in it replaced. `where` is its path, for errors. */
export function resolve(value: unknown, references: References, where: string): unknown {
  if (Array.isArray(value)) {
    return value
      .map((element, index) => resolve(element, references, `${where}[${index}]`))
      .filter((element) => element !== undefined);
  }
  if (!isRecord(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
    return call(name, value[name], references, where);
  }
  const resolved: Record<string, unknown> = {};
  for (const [property, child] of Object.entries(value)) {
    const result = resolve(child, references, `${where}.${property}`);
    // `Ref: AWS::NoValue` removes the property.
    if (result !== undefined) resolved[property] = result;
  }
  return resolved;
}

function call(name: string, argument: unknown, references: References, where: string): unknown {
  const inner = (value: unknown) => resolve(value, references, `${where}.${name}`);
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? undefined : ref(textOf(argument, where), references, where);
    case 'Fn::GetAtt':
      return attribute(argument, references, where);
    case 'Fn::Join': {
      const [separator, parts] = listOf(argument, where, 2);
      return listOf(inner(parts), where)
        .map((part) => textOf(part, where))
        .join(textOf(separator, where));
    }
    case 'Fn::Sub':
      return substitute(argument, references, where);
    // A value of another stack: a text that names it.
    case 'Fn::ImportValue':
      return `imported:${textOf(inner(argument), where)}`;
    case 'Fn::Split': {
      const [separator, text] = listOf(argument, where, 2);
      return textOf(inner(text), where).split(textOf(separator, where));
    }
    case 'Fn::Select': {
      const [index, list] = listOf(argument, where, 2);
      const chosen = listOf(inner(list), where)[Number(index)];
      if (chosen === undefined) throw new Error(`${where}: ${name} finds nothing at index ${String(index)}`);
      return chosen;
    }
    default:
      throw new Error(`${where}: the local run does not know the intrinsic function ${name}`);
  }
}

function ref(id: string, references: References, where: string): unknown {
  const value = references.ref(id);
  if (value === undefined) throw new Error(`${where}: Ref to ${id}, which the local run does not know`);
  return value;
}

function attribute(argument: unknown, references: References, where: string): unknown {
  const path = Array.isArray(argument) ? argument : textOf(argument, where).split(/\.(.*)/s);
  const [id, name] = [textOf(path[0], where), textOf(path[1], where)];
  const value = references.attribute(id, name);
  if (value === undefined) {
    throw new Error(`${where}: Fn::GetAtt of ${name} of ${id}, which the local run does not know`);
  }
  return value;
}

function substitute(argument: unknown, references: References, where: string): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
  const values = isRecord(given) ? given : {};
  return textOf(text, where).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    if (Object.hasOwn(values, name)) return textOf(resolve(values[name], references, where), where);
    return textOf(
      name.includes('.') ? attribute(name, references, where) : ref(name, references, where),
      where,
    );
  });
}

function listOf(value: unknown, where: string, length?: number): unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new Error(
    `${where}: expected a list${length === undefined ? '' : ` of ${length}`}, got ${JSON.stringify(value)}`,
  );
}

function textOf(value: unknown, where: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error(`${where}: expected text, got ${JSON.stringify(value)}`);
}

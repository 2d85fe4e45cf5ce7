/**
 * One pipeline of a stack as a separate template. Its parts have the plain names that they have in a stack
 * with one pipeline, so that all later steps are the same for both. The stack's other resources can be
 * referred to but are not carried out.
 */
import { isRecord } from '../../functions/json.ts';
import { type PipelineIn, pipelinesIn } from './pipelines-in.ts';
import type { TemplateSource } from './template.ts';

export interface OnePipeline {
  readonly source: TemplateSource;
  /** The stack's other constructs, by name. */
  readonly passedOver: readonly string[];
}

export function onePipeline(source: TemplateSource, { name, parts }: PipelineIn): OnePipeline {
  const { template } = source;
  const declared = isRecord(template) && isRecord(template['Resources']) ? template['Resources'] : {};
  const plain = new Set(parts.values());
  // Another resource with the name of a part would be taken for that part.
  const rename = (id: string) => parts.get(id) ?? (plain.has(id) ? `${id}OfTheStack` : id);
  const own: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [id, declaration] of Object.entries(declared)) {
    (parts.has(id) ? own : others)[rename(id)] = renamed(declaration, rename);
  }
  const stackName = name === '' ? source.stackName : `${source.stackName}/${name}`;
  return {
    source: { ...source, stackName, template: { Resources: own }, others },
    passedOver: passedOver(template, declared, parts),
  };
}

/** Renames every reference in a value. */
function renamed(value: unknown, rename: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name === 'Ref' && typeof inner === 'string') return [name, rename(inner)];
      if (name === 'Fn::GetAtt' && Array.isArray(inner)) {
        const [id, ...path] = inner;
        return [name, [typeof id === 'string' ? rename(id) : id, ...path]];
      }
      if (name === 'Fn::Sub') return [name, renamedText(inner, rename)];
      return [name, renamed(inner, rename)];
    }),
  );
}

/** `${Id}` and `${Id.Attribute}` in the text of an Fn::Sub; `${!Literal}` is not a reference. */
function renamedText(argument: unknown, rename: (id: string) => string): unknown {
  if (Array.isArray(argument)) {
    const [text, ...values] = argument;
    return [renamedText(text, rename), ...values.map((value) => renamed(value, rename))];
  }
  if (typeof argument !== 'string') return argument;
  return argument.replace(
    /\$\{([A-Za-z0-9]+)([.}])/g,
    (_all, id: string, end: string) => `\${${rename(id)}${end}`,
  );
}

/** Each construct directly below the stack once; other pipelines by the names that users know. */
function passedOver(
  template: unknown,
  declared: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, string>,
): string[] {
  const paths = new Map(Object.entries(declared).map(([id, declaration]) => [id, pathOf(declaration, id)]));
  const own = new Set([...parts.keys()].map((id) => rootOf(paths.get(id) ?? id)));
  const pipelines = new Map(
    pipelinesIn(template).flatMap((other) =>
      [...other.parts.keys()].map((id) => [rootOf(paths.get(id) ?? id), `the pipeline ${other.name}`]),
    ),
  );
  const roots = [...paths.values()].map(rootOf).filter((root) => !own.has(root) && !UNTOLD.has(root));
  return [...new Set(roots.map((root) => pipelines.get(root) ?? root))];
}

const UNTOLD = new Set(['CDKMetadata']);

/**
 * `Site/Meters/Reader/Resource`: the path that the CDK writes into a resource's metadata; without it, the
 * logical id.
 */
function pathOf(declaration: unknown, id: string): string {
  const metadata = isRecord(declaration) ? declaration['Metadata'] : undefined;
  const path = isRecord(metadata) ? metadata['aws:cdk:path'] : undefined;
  return typeof path === 'string' ? path : id;
}

/** The construct directly below the stack. */
function rootOf(path: string): string {
  return path.split('/')[1] ?? path;
}

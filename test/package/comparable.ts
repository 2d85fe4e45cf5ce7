/**
 * The resources of a pipeline by plain names, without names and hashes that differ: the common part of two
 * templates.
 */
import { isRecord } from '../../functions/json.ts';

/** `path`: of the construct, with the stack; empty where the stack is the pipeline and its ids are plain already. */
export function comparable(template: unknown, path: string): unknown {
  const resources = isRecord(template) && isRecord(template['Resources']) ? template['Resources'] : {};
  const plain = new Map(
    Object.entries(resources).flatMap(([id, resource]) => {
      if (path === '') return [[id, id] as const];
      const metadata = isRecord(resource) ? resource['Metadata'] : undefined;
      const own = isRecord(metadata) ? String(metadata['aws:cdk:path']) : '';
      return own.startsWith(path) ? [[id, plainName(own.slice(path.length))] as const] : [];
    }),
  );
  const own = Object.fromEntries(
    [...plain].map(([id, name]) => [
      name,
      isRecord(resources[id]) ? { ...resources[id], Metadata: null } : null,
    ]),
  );
  let text = JSON.stringify(own);
  if (path !== '') for (const [id, name] of plain) text = text.replaceAll(id, name);
  return JSON.parse(withoutNames(text));
}

/** As infra/pipeline-stack.ts makes it. */
function plainName(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== 'Resource' && part !== 'Default')
    .join('');
}

function withoutNames(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{64}/g, 'HASH')
    .replaceAll(/"WEIR_PIPELINE":"[^"]*",?/g, '')
    .replaceAll(/Sensors[/-]Readings|readings-production|Sensors --pipeline Readings|Sensors/g, 'NAME');
}

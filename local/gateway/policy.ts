/**
 * Whether a role's policy allows a call, by IAM's rule: a matching Deny refuses it; otherwise a matching
 * Allow is needed. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { PolicyStatement } from '../template/stack-spec.ts';

/** `partition` tells the partition key of the item, where a statement depends on it. */
export type IsAllowed = (action: string, resource: string, partition?: () => string | undefined) => boolean;

/** The statements of a call are cached: a function makes the same few calls on the same few resources. */
export function policyCheck(statements: readonly PolicyStatement[]): IsAllowed {
  const compiled = statements.map(({ effect, actions, resources, partitions }) => ({
    effect,
    actions: actions.map((pattern) => wildcard(pattern, 'i')),
    resources: resources.map((pattern) => wildcard(pattern, '')),
    partitions: partitions?.map((pattern) => wildcard(pattern, '')),
  }));
  const known = new Map<string, typeof compiled>();
  return (action, resource, partition) => {
    const call = `${action} ${resource}`;
    const matching =
      known.get(call) ??
      compiled.filter(
        (statement) =>
          statement.actions.some((pattern) => pattern.test(action)) &&
          statement.resources.some((pattern) => pattern.test(resource)),
      );
    known.set(call, matching);
    const ofItem = matching.filter(({ partitions }) => {
      if (partitions === undefined) return true;
      const key = partition?.();
      return key !== undefined && partitions.some((pattern) => pattern.test(key));
    });
    return ofItem.length > 0 && ofItem.every(({ effect }) => effect === 'Allow');
  };
}

/** `*` matches any text, `?` any one character. Actions are case-insensitive. */
function wildcard(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}

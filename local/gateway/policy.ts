/**
 * Whether a role's policy allows a call, by IAM's rule: a matching Deny refuses it; otherwise a matching
 * Allow is needed. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { PolicyStatement } from '../template/stack-spec.ts';

export type IsAllowed = (action: string, resource: string) => boolean;

/** Answers are cached: a function makes the same few calls on the same few resources. */
export function policyCheck(statements: readonly PolicyStatement[]): IsAllowed {
  const compiled = statements.map(({ effect, actions, resources }) => ({
    effect,
    actions: actions.map((pattern) => wildcard(pattern, 'i')),
    resources: resources.map((pattern) => wildcard(pattern, '')),
  }));
  const known = new Map<string, boolean>();
  return (action, resource) => {
    const call = `${action} ${resource}`;
    let answer = known.get(call);
    if (answer === undefined) {
      const matching = compiled.filter(
        (statement) =>
          statement.actions.some((pattern) => pattern.test(action)) &&
          statement.resources.some((pattern) => pattern.test(resource)),
      );
      answer = matching.length > 0 && matching.every(({ effect }) => effect === 'Allow');
      known.set(call, answer);
    }
    return answer;
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

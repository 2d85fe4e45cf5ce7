/**
 * The calls to Secrets Manager and Systems Manager that functions/aws/secrets.ts makes. Each secret of a
 * pipeline has the value that was given for this run. The values are only in memory and in the answers.
 */
import * as v from 'valibot';
import { SECRET_PREFIX, SSM_PREFIX } from '../../functions/env.ts';
import { OperatorError } from '../../model/operator-error.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import type { Answer } from './call.ts';

export type SecretValues = Readonly<Record<string, string>>;
type Functions = readonly Pick<FunctionPlan, 'environment'>[];

/** Undefined: not a call for a secret. */
export type SecretCalls = (target: string, body: Buffer) => Answer | undefined;

/**
 * Throws when a secret has no value, or a value has no secret. A read would report this only after it failed.
 */
export function secretCalls(functions: Functions, values: SecretValues): SecretCalls {
  const wanted = secretsOf(functions);
  const missing = [...wanted.keys()].filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) {
    throw new OperatorError(
      `the pipeline has ${missing.length === 1 ? 'a secret' : 'secrets'} without a value for this run: ` +
        `${missing.join(', ')}. Give --secret ${missing[0]}=VALUE, or --secrets-file FILE with a line ${missing[0]}=VALUE`,
    );
  }
  const unknown = Object.keys(values).find((name) => !wanted.has(name));
  if (unknown !== undefined) {
    throw new OperatorError(
      `the pipeline has no secret ${unknown}${wanted.size === 0 ? '' : `, it has ${[...wanted.keys()].join(', ')}`}`,
    );
  }
  const byReference = new Map([...wanted].map(([name, reference]) => [reference, values[name] ?? '']));
  return (target, body) => {
    if (target === 'secretsmanager.GetSecretValue') {
      const { SecretId } = v.parse(v.object({ SecretId: v.string() }), JSON.parse(body.toString()));
      return answer(byReference.get(SecretId), (SecretString) => ({ ARN: SecretId, SecretString }));
    }
    if (target !== 'AmazonSSM.GetParameter') return undefined;
    const { Name } = v.parse(v.object({ Name: v.string() }), JSON.parse(body.toString()));
    return answer(byReference.get(`${SSM_PREFIX}${Name}`), (Value) => ({ Parameter: { Name, Value } }));
  };
}

/** The names of a pipeline's secrets. */
export function secretNames(functions: Functions): string[] {
  return [...secretsOf(functions).keys()];
}

/** From the name of a secret to where it is stored, as the functions' environment variables say. */
function secretsOf(functions: Functions): Map<string, string> {
  return new Map(
    functions.flatMap(({ environment }) =>
      Object.entries(environment)
        .filter(([name]) => name.startsWith(SECRET_PREFIX))
        .map(([name, reference]): [string, string] => [name.slice(SECRET_PREFIX.length), reference]),
    ),
  );
}

function answer(value: string | undefined, body: (value: string) => object): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  if (value !== undefined) return { status: 200, headers, body: JSON.stringify(body(value)) };
  return { status: 400, headers, body: JSON.stringify({ __type: 'ResourceNotFoundException' }) };
}

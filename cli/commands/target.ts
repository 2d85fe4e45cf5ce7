/** The deployment that a command works on: a stack on AWS, or the local run that is up. */
import { OperatorError } from '../../model/operator-error.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { findLocalOf } from '../../operate/find-local.ts';
import { findStack } from '../../operate/find-stack.ts';
import { UsageError } from '../terminal/options.ts';

/** Options of every command that works on a deployment. */
export const TARGET_OPTIONS = {
  stack: { type: 'string' },
  pipeline: { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const TARGET_HELP = `  --stack NAME       a deployed stack, such as clicks-production (default: the local run that is up)
  --pipeline NAME    which pipeline of the stack, or of the local runs of weir run --all; or use --stack STACK/PIPELINE
  --region NAME      the region of the stack (default: AWS_REGION, or the region of your AWS profile)
  --json             print JSON`;

export interface Target {
  readonly stack?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly region?: string | undefined;
}

export async function withDeployment<Result>(
  { stack, pipeline, region }: Target,
  work: (deployment: Deployment) => Promise<Result>,
): Promise<Result> {
  if (stack === '') throw new UsageError('--stack is empty: name the stack, such as clicks-production');
  if (stack === undefined && region !== undefined) throw new UsageError('--region goes with --stack NAME');
  const deployment =
    stack === undefined ? await findLocalOf(pipeline) : await findOnAws(stack, pipeline, region);
  try {
    return await work(deployment);
  } catch (error) {
    if (deployment.local && isUnreachable(error)) {
      throw new OperatorError('the local run does not answer any more: it was ended meanwhile', {
        cause: error,
      });
    }
    throw error;
  } finally {
    deployment.close();
  }
}

function findOnAws(
  stack: string,
  pipeline: string | undefined,
  region: string | undefined,
): Promise<Deployment> {
  const [name = '', ...path] = stack.split('/');
  if (path.length === 0) return findStack(name, region, pipeline);
  if (pipeline !== undefined) throw new UsageError('--stack names a pipeline already: leave --pipeline out');
  return findStack(name, region, path.join('/'));
}

function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String(code)) || isUnreachable(error.cause);
}

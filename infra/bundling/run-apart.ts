/**
 * Bundles, and loads bundles, in a separate process: a construct is synchronous and these tasks are not, and a pipeline's code
 * must leave nothing behind in the process of a CDK app.
 */
import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord, parseJson } from '../../functions/json.ts';
import type { Bundling } from './bundle.ts';
import type { Bundled, FunctionVariables } from './check-bundles.ts';
import type { ShadowOptions } from './shadow.ts';

export type Task =
  | {
      readonly kind: 'bundle';
      readonly file: string;
      /** The bundles go into a folder in this folder, named after the pipeline. */
      readonly outdir: string;
      readonly bundling: Bundling;
      /** Names of the pipeline's secrets. */
      readonly secrets: readonly string[];
      readonly shadow?: Required<ShadowOptions> | undefined;
    }
  | {
      readonly kind: 'feed';
      /** The bundle goes into a folder in this folder. */
      readonly outdir: string;
    }
  | {
      readonly kind: 'load';
      readonly bundled: Bundled;
      readonly variables: FunctionVariables;
    };

/** Returns the result of the task. Throws an error with the task's own reason. */
export function runApart(task: Task, env: Readonly<Record<string, string>> = {}): unknown {
  const child = fileURLToPath(new URL(`./bundling-child${extname(import.meta.url)}`, import.meta.url));
  const { output, status, signal, error } = spawnSync(process.execPath, [child], {
    input: JSON.stringify(task),
    // The pipeline's output goes to stderr, because `cdk synth` prints the template to stdout.
    stdio: ['pipe', 2, 2, 'pipe'],
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  if (error !== undefined) throw error;
  const text = output[3] ?? '';
  if (text === '') {
    throw new Error(
      `the process ended ${signal === null ? `with status ${status}` : `by ${signal}`} and gave no answer`,
    );
  }
  const answer = parseJson(text, 'the answer of the process');
  if (isRecord(answer) && typeof answer['failure'] === 'string') throw new Error(answer['failure']);
  return isRecord(answer) ? answer['result'] : undefined;
}

/**
 * Makes the template in a separate process, because the CDK takes more than 100 MB of memory: the process of a run would keep
 * it for as long as the run lasts.
 */
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { type MadeTemplate, makeTemplate, type TemplateOrder } from './make-template.ts';

const Answer = v.union([
  v.object({ made: v.object({ name: v.string(), stack: v.string(), assembly: v.string() }) }),
  v.object({ failure: v.string() }),
]);
export type TemplateAnswer = v.InferOutput<typeof Answer>;

export async function templateApart(order: TemplateOrder): Promise<MadeTemplate> {
  const written = asJson(order);
  if (written === undefined) return makeTemplate(order);
  const child = fileURLToPath(new URL(`./template-child${extname(import.meta.url)}`, import.meta.url));
  const { stdin, stdio, ended } = start(child);
  stdin.on('error', () => {}); // One that has ended says so itself.
  stdin.end(written);
  const [said, how] = await Promise.all([text(stdio), ended]);
  if (said === '') throw new Error(`the process that makes the template ended ${how} and gave no answer`);
  const answer = v.parse(Answer, parseJson(said, 'the answer of the process that makes the template'));
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.made;
}

/** Undefined if it holds more than JSON: a construct of the CDK in the pipeline's properties exists in this process only. */
function asJson(order: TemplateOrder): string | undefined {
  try {
    const written = JSON.stringify(order);
    return isDeepStrictEqual(JSON.parse(written), order) ? written : undefined;
  } catch {
    return undefined; // It is circular.
  }
}

function start(file: string) {
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'inherit', 'inherit', 'pipe'] });
  const { stdin, stdio } = child;
  const answer = stdio[3];
  if (stdin === null || !(answer instanceof Object) || !('readable' in answer))
    throw new Error('the process that makes the template has no pipes');
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) =>
      resolve(signal === null ? `with status ${status}` : `by ${signal}`),
    );
  });
  return { stdin, stdio: answer, ended };
}
